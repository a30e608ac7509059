// What the tests of the simulated API have in common.
#pragma once

#include <memory>
#include <string>

#include "bench/apiserver/body.h"
#include "bench/apiserver/registry.h"
#include "bench/apiserver/selection.h"

namespace mpl::bench {

inline constexpr ClusterShape kSmall = {.nodes = 3, .pods = 2, .containers = 2};
inline constexpr std::uint16_t kKubeletPort = 20250;
inline const AuthSettings kSettings{"client CA\n", "front proxy's CA\n"};

inline Selection All(Kind kind) { return *Selection::Make(kind, "", "", ""); }

// Everything that a body has to say now.
inline std::string Drain(Body& body, std::int64_t now_ms, Body::Outcome* last = nullptr) {
  std::string all, piece;
  for (;;) {
    piece.clear();
    const Body::Outcome outcome = body.Next(now_ms, piece);
    all += piece;
    if (last != nullptr) *last = outcome;
    if (outcome != Body::Outcome::kMore) return all;
  }
}

}  // namespace mpl::bench
