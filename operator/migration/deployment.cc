// Settings of metrics-server's Deployment.
#include <algorithm>
#include <set>

#include "kube/base/text.h"
#include "operator/migration/translation.h"

namespace mpl::migration {
namespace {

constexpr int kReplicas = 2;  // the default of spec.collector.replicas
constexpr int kMostReplicas = 10;
constexpr std::int64_t kHostPort = 4443;   // 10250 is the kubelet's there
constexpr std::int64_t kServerPort = 443;  // metrics-server's default of --secure-port

void Replicas(Translation& t) {
  const Json::json_pointer at("/spec/replicas");
  const Json& deployment = t.server.deployment;
  const auto wanted = deployment.contains(at) && deployment[at].is_number_integer()
                          ? deployment[at].get<std::int64_t>()
                          : 1;
  const std::string subject = "replicas: " + std::to_string(wanted);
  if (wanted <= kReplicas) {
    return t.Tell(subject, Outcome::kCarriedOver,
                  "spec.collector.replicas: 2, the default: no gap when one restarts");
  }
  const auto kept = std::min<std::int64_t>(wanted, kMostReplicas);
  t.spec["collector"]["replicas"] = kept;
  t.Tell(subject, Outcome::kCarriedOver, "spec.collector.replicas: " + std::to_string(kept));
}

// On the host's network a container's port is one of the node.
std::set<std::int64_t> PortsOnTheNode(const Translation& t) {
  std::set<std::int64_t> ports = {ParseInteger(t.ValueOf("secure-port", "")).value_or(kServerPort)};
  for (const Json& container : t.pod.value("containers", Json::array())) {
    for (const Json& port : container.value("ports", Json::array())) {
      ports.insert(port.value("containerPort", std::int64_t{0}));
    }
  }
  return ports;
}

// A collector on metrics-server's port could not share a node with it.
void Network(Translation& t) {
  if (!t.pod.value("hostNetwork", false)) return;
  const std::set<std::int64_t> taken = PortsOnTheNode(t);
  std::int64_t port = kHostPort;
  while (taken.contains(port)) ++port;
  const std::string number = std::to_string(port);
  t.spec["collector"]["network"] = {{"mode", "Host"}, {"securePort", port}};
  t.Tell("hostNetwork: true", Outcome::kCarriedOver,
         "spec.collector.network: mode Host, securePort " + number +
             (port == kHostPort ? "" : ": metrics-server has " + std::to_string(kHostPort)) +
             "; a node's firewall has to let kube-apiserver through to it");
  t.preparation.push_back(
      {"Pods on the host's network need Pod Security level privileged, and config/default makes "
       "the namespace restricted. While both run, their ports on a node must differ: "
       "metrics-server keeps its own, the collector has " +
           number + ".",
       "kubectl label namespace " + ShellWord(t.server.pipeline_namespace) +
           " --overwrite pod-security.kubernetes.io/enforce=privileged"});
}

void Placement(Translation& t) {
  const Json selector = t.pod.value("nodeSelector", Json::object());
  // Alone it is what an empty selector means; beside other keys it is not added.
  static const Json kLinux = {{"kubernetes.io/os", "linux"}};
  if (selector.is_object() && !selector.empty() && selector != kLinux) {
    t.spec["collector"]["nodeSelector"] = selector;
    t.Tell("nodeSelector", Outcome::kCarriedOver, "spec.collector.nodeSelector");
  }
  const Json tolerations = t.pod.value("tolerations", Json::array());
  if (!tolerations.empty()) {
    t.spec["collector"]["tolerations"] = tolerations;
    t.Tell("tolerations", Outcome::kCarriedOver, "spec.collector.tolerations");
  }
  const Json affinity = t.pod.value("affinity", Json::object());
  if (affinity.is_object() && affinity.contains("nodeAffinity")) {
    t.spec["collector"]["affinity"] = {{"nodeAffinity", affinity["nodeAffinity"]}};
    t.Tell("affinity.nodeAffinity", Outcome::kCarriedOver, "spec.collector.affinity");
  }
  if (affinity.is_object() &&
      (affinity.contains("podAntiAffinity") || affinity.contains("podAffinity"))) {
    t.Tell("affinity between pods", Outcome::kNeedless,
           "it selects metrics-server's pods; replicas are spread over nodes and zones anyway");
  }
  if (t.pod.contains("topologySpreadConstraints")) {
    t.Tell("topologySpreadConstraints", Outcome::kNeedless,
           "replicas are spread over nodes and zones anyway");
  }
}

void Priority(Translation& t) {
  const std::string name = t.pod.value("priorityClassName", "");
  if (name == "system-cluster-critical" || name.empty()) return;
  t.spec["collector"]["priorityClassName"] = name;
  t.Tell("priorityClassName: " + name, Outcome::kCarriedOver, "spec.collector.priorityClassName");
}

void Resources(Translation& t) {
  const Json resources = t.container.value("resources", Json::object());
  if (!resources.is_object() || resources.empty()) return;
  t.Tell("resources", Outcome::kNeedless,
         "those of metrics-server are not ours: the default is 50m and 64Mi; "
         "spec.collector.resources for large clusters (samples/large-cluster.yaml)");
}

void Companions(Translation& t) {
  for (const Json& container : t.pod.value("containers", Json::array())) {
    const std::string name = container.value("name", "");
    if (name == t.container.value("name", "")) continue;
    const bool nanny = container.value("image", "").find("addon-resizer") != std::string::npos;
    t.Tell("container " + name, nanny ? Outcome::kNeedless : Outcome::kDecide,
           nanny ? "it raises metrics-server's requests with the number of nodes; "
                   "spec.collector.sizing.mode: Proportional does that with nodes and pods, where "
                   "the default is too little (samples/growing-cluster.yaml)"
                 : "runs beside metrics-server, and has no place in a MetricsPipeline");
  }
}

void Environment(Translation& t) {
  for (const Json& entry : t.container.value("env", Json::array())) {
    const std::string name = entry.value("name", "");
    const bool proxy = ToLower(name).ends_with("_proxy");
    t.Tell("env " + name, proxy ? Outcome::kDecide : Outcome::kNeedless,
           proxy ? "kubelets and kube-apiserver are dialled directly, never through a proxy"
                 : "means nothing to the collector");
  }
}

void Names(Translation& t) {
  for (const char* field : {"hostAliases", "dnsConfig"}) {
    if (!t.pod.contains(field)) continue;
    t.Tell(
        field, Outcome::kDecide,
        "names of nodes are resolved by the cluster's DNS; with InternalIP first none is needed");
  }
  if (!t.pod.value("imagePullSecrets", Json::array()).empty()) {
    t.Tell("imagePullSecrets", Outcome::kDecide,
           "for our image: spec.collector.imagePullSecrets, with a Secret in " +
               t.server.pipeline_namespace);
  }
}

}  // namespace

void TranslateDeployment(Translation& translation) {
  Replicas(translation);
  Network(translation);
  Placement(translation);
  Priority(translation);
  Resources(translation);
  Companions(translation);
  Environment(translation);
  Names(translation);
}

}  // namespace mpl::migration
