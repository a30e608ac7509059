// Which replicas of a Service take requests, from its EndpointSlices. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "kube/objects/meta.h"

namespace mpl::controller {

struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// Of the port named "https", sorted, each once. An endpoint without the condition `ready` counts as
// ready (discovery.k8s.io/v1, EndpointConditions).
std::vector<Endpoint> ReadyEndpoints(const std::vector<objects::Json>& slices);

}  // namespace mpl::controller
