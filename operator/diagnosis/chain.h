// From a MetricsPipeline to the answer of kubectl top, link by link: where does it break first?
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kube/base/error.h"
#include "operator/diagnosis/finding.h"

namespace mpl::diagnosis {

// Objects as they were read; an error with kNotFound means "does not exist", any other one "cannot
// be judged from here".
struct ChainFacts {
  Json pipeline;
  std::string ns;  // where its collector runs
  Result<Json> operator_deployment = Json();
  Result<Json> collector_namespace = Json();
  std::vector<std::pair<std::string, Result<Json>>> children;  // by "Service ns/name", in order
  Result<Json> deployment = Json();
  Result<Json> pods = Json();    // PodList of the collector
  Result<Json> slices = Json();  // EndpointSliceList of its Service
  std::vector<std::pair<std::string, Result<Json>>> api_services;  // by name
};

enum class LinkState {
  kSound,
  kWaiting,  // under way, or not looked at because an earlier link is missing
  kUnknown,  // could not be read
  kBroken,
};

struct Link {
  std::string name;  // "pods"
  LinkState state = LinkState::kSound;
  std::string what;    // "2 of 2 ready"
  std::string remedy;  // of a broken one
};

// In the order in which one needs the other: pipeline, operator, namespace, children, Deployment,
// pods, endpoints, registrations, answer, nodes, certificates.
std::vector<Link> MakeChain(const ChainFacts& facts);
// The first broken link; null when there is none.
const Link* FirstBroken(const std::vector<Link>& chain);

// The first broken link on top, then every link in its order.
std::string Describe(const std::string& pipeline, const std::vector<Link>& chain);
// {"pipeline": …, "sound": …, "firstBroken": "pods", "links": [{"name", "state", "what",
// "remedy"}]}
Json ToJson(const std::string& pipeline, const std::vector<Link>& chain);

}  // namespace mpl::diagnosis
