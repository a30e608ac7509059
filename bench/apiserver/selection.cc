#include "bench/apiserver/selection.h"

#include <algorithm>

#include "kube/base/text.h"

namespace mpl::bench {
namespace {

constexpr std::string_view kPhase = "Running";

std::string FieldOf(const Object& object, std::string_view field) {
  if (field == "metadata.name") return NameOf(object);
  if (field == "metadata.namespace") return NamespaceOf(object);
  const auto* pod = std::get_if<PodRevision>(&object);
  return pod == nullptr ? std::string() : NodeName(pod->node);  // spec.nodeName
}

bool IsKnown(Kind kind, std::string_view field) {
  if (field == "metadata.name") return true;
  if (field == "metadata.namespace") return kind != Kind::kNode;
  return kind == Kind::kPod && (field == "spec.nodeName" || field == "status.phase");
}

}  // namespace

Result<Selection> Selection::Make(Kind kind, std::string ns, std::string_view label_selector,
                                  std::string_view field_selector) {
  Selection made;
  made.kind_ = kind;
  made.ns_ = std::move(ns);
  auto labels = objects::LabelSelector::Parse(label_selector);
  if (!labels) return std::unexpected(std::move(labels.error()));
  made.labels_ = *std::move(labels);
  if (field_selector.empty()) return made;
  for (const std::string_view term : Split(field_selector, ',')) {
    if (auto added = made.AddTerm(term); !added) return std::unexpected(std::move(added.error()));
  }
  return made;
}

Result<void> Selection::AddTerm(std::string_view term) {
  const std::size_t sign = term.find('=');
  if (sign == std::string_view::npos || sign == 0 || term.contains('\\')) {
    return Fail(ErrorKind::kBadRequest, "invalid field selector: " + Quote(term));
  }
  const bool equal = term[sign - 1] != '!';
  const std::string_view field = term.substr(0, equal ? sign : sign - 1);
  std::string_view value = term.substr(sign + 1);
  if (equal && value.starts_with('=')) value.remove_prefix(1);
  if (!IsKnown(kind_, field)) {
    return Fail(ErrorKind::kBadRequest, "field label not supported: " + std::string(field));
  }
  if (field == "status.phase") {
    nothing_ = nothing_ || (value == kPhase) != equal;
  } else {
    fields_.push_back({std::string(field), equal, std::string(value)});
  }
  return {};
}

bool Selection::Matches(const Object& object) const {
  if (nothing_ || KindOf(object) != kind_) return false;
  if (!ns_.empty() && NamespaceOf(object) != ns_) return false;
  const bool fields = std::ranges::all_of(fields_, [&](const auto& term) {
    return (FieldOf(object, term.field) == term.value) == term.equal;
  });
  return fields && (labels_.empty() || labels_.Matches(LabelsOf(object)));
}

}  // namespace mpl::bench
