// What a list may be asked to leave out. Follows metav1.ListOptions: limit, continue,
// resourceVersion and timeoutSeconds are accepted and make no difference to a list that has no
// history and is always whole.
#pragma once

#include "kube/base/error.h"
#include "kube/http/url.h"
#include "kube/objects/meta.h"
#include "kube/objects/selector.h"

namespace mpl::handlers {

struct ListOptions {
  objects::LabelSelector labels;
  objects::FieldSelector fields;

  bool Match(const objects::ObjectMeta& meta) const;
};

// kBadRequest: a selector that does not parse. kInvalid: options that contradict each other, as
// ValidateListOptions of k8s.io/apimachinery finds them.
Result<ListOptions> ParseListOptions(const http::Query& query);

}  // namespace mpl::handlers
