// Which objects of one kind a list or a watch is about. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/apiserver/object.h"
#include "kube/base/error.h"
#include "kube/objects/selector.h"

namespace mpl::bench {

class Selection {
 public:
  // `ns` empty: all namespaces. Fields: metadata.name, metadata.namespace, and of pods
  // spec.nodeName and status.phase, which is Running for all of them. kBadRequest for other fields
  // and bad syntax; values with a backslash count as that.
  static Result<Selection> Make(Kind kind, std::string ns, std::string_view label_selector,
                                std::string_view field_selector);

  // Never changes while an object lives.
  bool Matches(const Object& object) const;
  Kind kind() const { return kind_; }
  const std::string& ns() const { return ns_; }

 private:
  Result<void> AddTerm(std::string_view term);

  Kind kind_ = Kind::kNode;
  std::string ns_;
  objects::LabelSelector labels_;
  std::vector<objects::FieldRequirement> fields_;  // that differ from object to object
  bool nothing_ = false;                           // a term that holds for no object
};

}  // namespace mpl::bench
