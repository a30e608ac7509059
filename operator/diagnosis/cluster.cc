#include "operator/diagnosis/cluster.h"

#include <algorithm>
#include <map>
#include <set>

#include "kube/base/text.h"
#include "kube/objects/fields.h"

namespace mpl::diagnosis {
namespace {

using objects::ListAt;
using objects::TextAt;

constexpr int kKubeletsBehind = 3;

// "InternalIP on 3 nodes, Hostname on 3 nodes".
std::string DescribeTypes(const std::vector<NodeFacts>& nodes) {
  std::map<std::string, std::set<std::string>> nodes_of;
  for (const NodeFacts& node : nodes) {
    for (const NodeAddress& address : node.addresses) nodes_of[address.type].insert(node.name);
  }
  std::vector<std::string> pieces;
  pieces.reserve(nodes_of.size());
  for (const auto& [type, names] : nodes_of) {
    pieces.push_back(type + " on " + Count(names.size(), "node"));
  }
  return pieces.empty() ? "none" : Join(pieces, ", ");
}

// Whether a condition of that type is True.
bool Holds(const Json& object, const char* type) {
  for (const Json& condition : ListAt(object, "/status/conditions")) {
    if (TextAt(condition, "/type") == type) return TextAt(condition, "/status") == "True";
  }
  return false;
}

NodeFacts ReadNode(const Json& node) {
  NodeFacts facts;
  facts.name = TextAt(node, "/metadata/name");
  facts.kubelet_version = TextAt(node, "/status/nodeInfo/kubeletVersion");
  facts.ready = Holds(node, "Ready");
  if (auto meta = objects::ParseObjectMeta(node)) facts.labels = std::move(meta->labels);
  const Json::json_pointer port("/status/daemonEndpoints/kubeletEndpoint/Port");
  if (node.contains(port) && node[port].is_number_integer()) {
    const auto number = node[port].get<std::int64_t>();
    if (number > 0 && number <= 65535) facts.kubelet_port = static_cast<std::uint16_t>(number);
  }
  for (const Json& address : ListAt(node, "/status/addresses")) {
    NodeAddress entry{TextAt(address, "/type"), TextAt(address, "/address")};
    if (!entry.address.empty()) facts.addresses.push_back(std::move(entry));
  }
  return facts;
}

const Json* ServedVersion(const Json& crd) {
  const Json::json_pointer versions("/spec/versions");
  if (!crd.contains(versions) || !crd[versions].is_array()) return nullptr;
  for (const Json& version : crd[versions]) {
    if (TextAt(version, "/name") == "v1alpha1") return &version;
  }
  return nullptr;
}

}  // namespace

std::string NodeFacts::AddressOf(const std::vector<std::string>& types) const {
  for (const std::string& type : types) {
    const auto found = std::ranges::find(addresses, type, &NodeAddress::type);
    if (found != addresses.end()) return found->address;
  }
  return {};
}

std::vector<std::string> NodeFacts::Names() const {
  std::vector<std::string> names = {name};
  for (const NodeAddress& address : addresses) names.push_back(address.address);
  return names;
}

std::vector<NodeFacts> ReadNodes(const Json& node_list) {
  std::vector<NodeFacts> nodes;
  for (const Json& node : ListAt(node_list, "/items")) nodes.push_back(ReadNode(node));
  return nodes;
}

std::vector<Finding> JudgeAddresses(const std::vector<NodeFacts>& nodes,
                                    const std::vector<std::string>& types) {
  if (nodes.empty()) {
    return {Note(subject::kAddresses, "the cluster has no nodes yet",
                 "nothing can be said about kubelets", "run check again when there are nodes")};
  }
  std::vector<std::string> without;
  for (const NodeFacts& node : nodes) {
    if (node.AddressOf(types).empty()) without.push_back(node.name);
  }
  const std::string present = DescribeTypes(nodes);
  if (without.empty()) return {Fine(subject::kAddresses, present)};
  return {Fault(subject::kAddresses,
                Count(without.size(), "node") + " without an address of type " + Join(types, ", ") +
                    ": " + SomeOf(without) + " (present: " + present + ")",
                "these nodes and their pods would have no metrics",
                "add a type that they have to spec.scrape.addressTypes, or leave the nodes out "
                "with spec.scrape.nodeSelector")};
}

std::optional<MinorVersion> ParseMinor(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  const auto parts = Split(version, '.');
  if (parts.size() < 2) return std::nullopt;
  const auto digits = parts[1].substr(0, parts[1].find_first_not_of("0123456789"));
  const auto major = ParseInteger(parts[0]);
  const auto minor = ParseInteger(digits);
  if (!major || !minor || *major < 0 || *major > 1000 || *minor > 1000) return std::nullopt;
  return MinorVersion{static_cast<int>(*major), static_cast<int>(*minor)};
}

Finding JudgeServerVersion(const std::string& git_version) {
  const auto version = ParseMinor(git_version);
  const std::string oldest =
      std::to_string(kOldestServer.major) + "." + std::to_string(kOldestServer.minor);
  if (!version) {
    return Note(subject::kVersions, "kube-apiserver tells the version '" + git_version + "'",
                "whether it is at least " + oldest + " cannot be judged",
                "compare by hand: kubectl version");
  }
  if (*version < kOldestServer) {
    return Fault(subject::kVersions, "kube-apiserver is " + git_version + ", older than " + oldest,
                 "the rules in the CustomResourceDefinition need " + oldest +
                     ": it is refused, or wrong objects are not",
                 "upgrade the cluster");
  }
  return Fine(subject::kVersions, "kube-apiserver " + git_version);
}

Finding JudgeKubeletVersions(const std::string& server_version,
                             const std::vector<NodeFacts>& nodes) {
  const auto server = ParseMinor(server_version);
  std::set<std::string> versions;
  std::vector<std::string> newer, older;
  for (const NodeFacts& node : nodes) {
    const auto kubelet = ParseMinor(node.kubelet_version);
    if (!kubelet || !server) continue;
    versions.insert(node.kubelet_version);
    if (*kubelet > *server) newer.push_back(node.name);
    if (kubelet->major < server->major || kubelet->minor + kKubeletsBehind < server->minor) {
      older.push_back(node.name);
    }
  }
  const std::string all = Join({versions.begin(), versions.end()}, ", ");
  if (newer.empty() && older.empty()) {
    return Fine(subject::kVersions,
                versions.empty() ? "no kubelet tells its version" : "kubelets " + all);
  }
  std::vector<std::string> odd = newer;
  odd.insert(odd.end(), older.begin(), older.end());
  return Note(subject::kVersions,
              "kubelets " + all + " beside kube-apiserver " + server_version + ": " + SomeOf(odd),
              "Kubernetes supports kubelets of the same minor version or up to three older; others "
              "may answer differently",
              "upgrade those nodes, or the control plane when a kubelet is newer");
}

std::vector<Finding> JudgeOwnVersions(const std::string& ours, const std::vector<Json>& pipelines) {
  std::vector<Finding> findings;
  for (const Json& pipeline : pipelines) {
    const std::string name = "pipeline " + TextAt(pipeline, "/metadata/name");
    const std::string by = TextAt(pipeline, "/status/operatorVersion");
    const std::string collector = TextAt(pipeline, "/status/collector/version");
    if (!by.empty() && by != ours) {
      findings.push_back(Note(subject::kVersions,
                              name + " is kept by operator " + by + ", this program is " + ours,
                              "what check says is true for another version",
                              "use the program of the operator's image"));
    }
    if (!by.empty() && !collector.empty() && collector != by) {
      findings.push_back(Note(subject::kVersions,
                              name + " runs collector " + collector + " under operator " + by,
                              "during an upgrade that is normal, for long it is not",
                              "leave spec.collector.image out, so that both have one image"));
    }
    if (!by.empty() && by == ours && (collector.empty() || collector == by)) {
      findings.push_back(Fine(subject::kVersions, name + ": operator and collector are " + ours));
    }
  }
  return findings;
}

Finding JudgeCrd(const Result<Json>& live, const Json& wanted) {
  const std::string name = "CustomResourceDefinition metricspipelines.metricspipeline.dev";
  const std::string install = "metricspipeline-operator crds | kubectl apply --server-side -f -";
  if (!live) {
    if (live.error().kind == ErrorKind::kNotFound) {
      return Fault(subject::kCrd, name + " is not installed",
                   "there can be no MetricsPipeline without it", install);
    }
    return Note(subject::kCrd, name + " cannot be read: " + live.error().message,
                "whether it is the one of this version is not known",
                "run check as somebody who may get CustomResourceDefinitions");
  }
  if (!Holds(*live, "Established")) {
    return Fault(subject::kCrd, name + " is not established",
                 "kube-apiserver does not serve MetricsPipelines",
                 "kubectl describe crd metricspipelines.metricspipeline.dev says why");
  }
  const Json* installed = ServedVersion(*live);
  const Json* own = ServedVersion(wanted);
  const auto schema = [](const Json* version) {
    return version == nullptr ? Json() : version->value("schema", Json());
  };
  if (installed == nullptr || schema(installed) != schema(own)) {
    return Note(subject::kCrd, name + " is of another version than this program",
                "fields may be unknown to one of the two: kube-apiserver drops or refuses them",
                install);
  }
  return Fine(subject::kCrd, name + " is installed and of this version");
}

Finding JudgeNamespace(const std::string& name, const Result<Json>& live, bool host_network) {
  const std::string& what = name;
  if (!live) {
    if (live.error().kind == ErrorKind::kNotFound) {
      return Note(subject::kNamespace, what + " does not exist",
                  "collectors need it; kubectl apply -k config/default makes "
                  "metricspipeline-system, every other one is yours to make",
                  "kubectl create namespace " + name + ", unless the installation does");
    }
    return Note(subject::kNamespace, what + " cannot be read: " + live.error().message,
                "a terminating namespace, or a Pod Security level that forbids the pods, would "
                "stop a pipeline",
                "run check as somebody who may get namespaces");
  }
  if (TextAt(*live, "/status/phase") == "Terminating") {
    return Fault(subject::kNamespace, what + " is being deleted", "nothing can be created in it",
                 "wait until it is gone: kubectl get namespace " + name);
  }
  const std::string level = TextAt(*live, "/metadata/labels/pod-security.kubernetes.io~1enforce");
  if (host_network && (level == "baseline" || level == "restricted")) {
    return Fault(subject::kNamespace,
                 what + " enforces Pod Security level " + level +
                     ", a pipeline wants spec.collector.network.mode Host",
                 "pods on the host's network are allowed by level privileged only: no replica "
                 "can start",
                 "kubectl label namespace " + name +
                     " --overwrite pod-security.kubernetes.io/enforce=privileged, or use mode Pod");
  }
  return Fine(subject::kNamespace, what +
                                       (level.empty() ? " enforces no Pod Security level"
                                                      : " enforces Pod Security level " + level) +
                                       (host_network ? ", which allows the host's network"
                                                     : ", which the pods satisfy"));
}

}  // namespace mpl::diagnosis
