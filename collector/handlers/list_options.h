// What a list may be asked to leave out, as k8s.io/apiserver reads it from the query.
//
// limit, continue, resourceVersion and timeoutSeconds make no difference to a list that has no
// history and is always whole, but what cannot be one of them is refused. Unknown parameters are
// ignored. Of a parameter that is repeated the first counts; only selectors that contradict each
// other are refused, because whoever writes two expects both.
#pragma once

#include <expected>

#include "collector/handlers/item.h"
#include "kube/base/error.h"
#include "kube/http/url.h"
#include "kube/objects/meta.h"
#include "kube/objects/selector.h"
#include "kube/objects/status.h"

namespace mpl::handlers {

struct ListOptions {
  objects::LabelSelector labels;
  objects::FieldSelector fields;

  bool Match(const ItemMeta& meta) const;
  // How many requirements that is.
  std::size_t size() const { return labels.requirements().size() + fields.requirements().size(); }
};

// What the Status says.
struct ListOptionsFault {
  Error error;
  objects::StatusDetails details = {};
};

// kBadRequest: a value that does not parse. kInvalid: options that contradict each other, as
// ValidateListOptions of k8s.io/apimachinery finds them; `details` names each.
std::expected<ListOptions, ListOptionsFault> ParseListOptions(const http::Query& query);

}  // namespace mpl::handlers
