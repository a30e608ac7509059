// One pass over the selected objects of a state, in the order of their keys. Pure.
#pragma once

#include <memory>
#include <optional>

#include "bench/apiserver/contents.h"
#include "bench/apiserver/selection.h"
#include "bench/workload/pod_order.h"

namespace mpl::bench {

class Walk {
 public:
  Walk(std::shared_ptr<const Contents> contents, Selection selection, PodPosition from = {});

  // Nothing at the end.
  std::optional<Object> Next();
  // Where the object after the last one may be: what another Walk begins with.
  PodPosition position() const { return at_; }

 private:
  // The object at at_, or nothing; moves at_ on. False at the end.
  bool Step(std::optional<Object>& object);
  bool StepPod(std::optional<Object>& object);

  std::shared_ptr<const Contents> contents_;
  Selection selection_;
  PodOrder order_;
  std::optional<int> space_;  // the only one
  PodPosition at_;
  bool ended_ = false;
};

}  // namespace mpl::bench
