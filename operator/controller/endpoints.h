// The replicas behind a Service, from its EndpointSlices: those that take requests and those that
// do not yet. Pure.
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
  bool ready = true;
  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
};

// Of the port named "https", sorted, each once. An endpoint without the condition `ready` counts as
// ready (discovery.k8s.io/v1, EndpointConditions). Those that are terminating are left out: what
// they lack is nobody's concern any more.
std::vector<Endpoint> Replicas(const std::vector<objects::Json>& slices);
// Only those that take requests.
std::vector<Endpoint> ReadyEndpoints(const std::vector<objects::Json>& slices);

}  // namespace mpl::controller
