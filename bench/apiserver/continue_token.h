// Where the next page of a list begins, and in which state of the API. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/workload/pod_order.h"
#include "kube/base/error.h"

namespace mpl::bench {

struct ContinueToken {
  std::uint64_t version = 0;
  PodPosition next;  // of nodes and ConfigMaps, `node` alone counts
  friend bool operator==(const ContinueToken&, const ContinueToken&) = default;
};

std::string WriteToken(const ContinueToken& token);
// kBadRequest for text that we never wrote.
Result<ContinueToken> ReadToken(std::string_view text);

}  // namespace mpl::bench
