// Which representation an Accept header asks for: RFC 9110 §12.5.1, plus Kubernetes' parameters
// as, g and v ("application/json;as=Table;g=meta.k8s.io;v=v1") and pretty.
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

struct Choice {
  std::size_t offer = 0;  // index
  bool pretty = false;    // the range that led here says pretty=1
};

// What to write. Highest q wins, then the more specific range, then the client's order, then ours.
// No Accept header: the first offer. q=0 excludes; names compare without case; several Accept
// headers count as one; "*" alone is everything, as k8s.io/apiserver reads it; other parameters are
// ignored, and what stands behind 64 ranges, too. kNotAcceptable lists what there is.
Result<Choice> Choose(const Headers& headers, std::span<const Offer> offers);
// The same, where pretty means nothing: the offer's index.
Result<std::size_t> Negotiate(const Headers& headers, std::span<const Offer> offers);

}  // namespace mpl::http
