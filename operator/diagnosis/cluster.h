// Judgements about nodes, versions and namespaces, from their objects alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kube/base/error.h"
#include "operator/diagnosis/finding.h"
#include "operator/pipeline/pipeline.h"

namespace mpl::diagnosis {

struct NodeAddress {
  std::string type;  // "InternalIP"
  std::string address;
};

// What a Node object says that matters here.
struct NodeFacts {
  std::string name;
  std::vector<NodeAddress> addresses;
  std::uint16_t kubelet_port = 10250;
  std::string kubelet_version;  // "v1.36.3"
  bool ready = false;
  objects::Labels labels;

  // Where it is dialled: by address type in that order; empty when it has none of them.
  std::string AddressOf(const std::vector<std::string>& types) const;
  // Every name that its certificate may carry: its own and every address.
  std::vector<std::string> Names() const;
};
// Lenient: what is missing stays empty.
std::vector<NodeFacts> ReadNodes(const Json& node_list);

// Has every node an address of one of these types (spec.scrape.addressTypes)?
std::vector<Finding> JudgeAddresses(const std::vector<NodeFacts>& nodes,
                                    const std::vector<std::string>& types);

struct MinorVersion {
  int major = 0, minor = 0;
  friend auto operator<=>(const MinorVersion&, const MinorVersion&) = default;
};
// "v1.36.3+k3s1" is 1.36; nothing on other text.
std::optional<MinorVersion> ParseMinor(std::string_view version);

// The oldest API server that the CRD's rules work on: CEL validation is stable since 1.29
// (KEP-2876).
inline constexpr MinorVersion kOldestServer{1, 29};
Finding JudgeServerVersion(const std::string& git_version);
// Kubernetes' version skew policy: a kubelet is never newer than kube-apiserver and at most three
// minor versions older.
Finding JudgeKubeletVersions(const std::string& server_version,
                             const std::vector<NodeFacts>& nodes);

// Do operator, collectors and this program agree? `pipelines`: the MetricsPipelines, as JSON.
std::vector<Finding> JudgeOwnVersions(const std::string& ours, const std::vector<Json>& pipelines);

// Is the installed CRD the one of this program? Compares the schemas of the served version.
Finding JudgeCrd(const Result<Json>& live, const Json& wanted);

// A namespace in which collectors shall run, or why it could not be read. The pods that the
// operator makes satisfy the Pod Security level "restricted", those on the host's network only
// "privileged".
Finding JudgeNamespace(const std::string& name, const Result<Json>& live, bool host_network);

}  // namespace mpl::diagnosis
