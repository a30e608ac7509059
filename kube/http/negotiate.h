// Which representation an Accept header asks for: RFC 9110 §12.5.1, plus Kubernetes' parameters
// g, v and as ("application/json;as=Table;g=meta.k8s.io;v=v1").
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "kube/base/error.h"
#include "kube/http/message.h"

namespace mpl::http {

// One representation that we can write.
struct Offer {
  std::string media_type;  // "application/json", lower case
  // Another form of the same thing: empty, or all three.
  std::string as = {};  // "Table"
  std::string group = {};
  std::string version = {};
};

// The index of the offer to write. Highest q wins, then the more specific range, then the client's
// order, then ours. No Accept header: the first offer. q=0 excludes; names compare without case;
// several Accept headers count as one; other parameters are ignored.
// kNotAcceptable lists what there is.
Result<std::size_t> Negotiate(const Headers& headers, std::span<const Offer> offers);

}  // namespace mpl::http
