#include "bench/apiserver/walk.h"

#include <algorithm>
#include <utility>

namespace mpl::bench {

Walk::Walk(std::shared_ptr<const Contents> contents, Selection selection, PodPosition from)
    : contents_(std::move(contents)),
      selection_(std::move(selection)),
      order_(contents_->shape),
      at_(from) {
  if (selection_.kind() != Kind::kPod || selection_.ns().empty()) return;
  space_ = order_.SpaceOf(selection_.ns());
  ended_ = !space_;
  if (space_) at_ = std::max(at_, PodPosition{.space = *space_});
}

std::optional<Object> Walk::Next() {
  std::optional<Object> object;
  while (!ended_ && Step(object)) {
    if (object && selection_.Matches(*object)) return object;
  }
  ended_ = true;
  return std::nullopt;
}

bool Walk::Step(std::optional<Object>& object) {
  object.reset();
  if (selection_.kind() == Kind::kPod) return StepPod(object);
  if (selection_.kind() == Kind::kConfigMap) {
    if (at_.node++ > 0) return false;
    object = ConfigMapRevision{contents_->settings, kFirstVersion};
    return true;
  }
  if (at_.node >= contents_->shape.nodes) return false;
  if (const auto node = contents_->Node(at_.node++)) object = *node;
  return true;
}

bool Walk::StepPod(std::optional<Object>& object) {
  const auto found = order_.AtOrAfter(at_);
  if (!found || (space_ && found->space != *space_)) return false;
  if (const auto pod = contents_->Pod(found->node, found->slot)) object = *pod;
  at_ = {found->space, found->slot, found->node + 1};
  return true;
}

}  // namespace mpl::bench
