// The collector's Deployment and its PodDisruptionBudget.
//
// The pod template depends on what only a new process can take up: image, ports, mounts, placement.
// A change of configuration or certificate is no such thing: the collector reads them live.
#include "kube/objects/fields.h"
#include "operator/plan/children.h"

namespace mpl::plan {
namespace {

constexpr const char* kServingVolume = "serving";
constexpr const char* kServingPath = "/etc/metricspipeline/serving";
constexpr const char* kKubeletClientPath = "/etc/metricspipeline/kubelet-client";

Json Probe(const char* path, int period_seconds, int failure_threshold) {
  return {{"httpGet", {{"path", path}, {"port", "https"}, {"scheme", "HTTPS"}}},
          {"periodSeconds", period_seconds},
          {"timeoutSeconds", 5},
          {"failureThreshold", failure_threshold}};
}

Json Mount(const char* volume, const char* path) {
  return {{"name", volume}, {"mountPath", path}, {"readOnly", true}};
}

Json Arguments(const ChildContext& context) {
  Json arguments =
      Json::array({"--config-map=" + context.names.ns + "/" + context.names.config,
                   "--secure-port=" + std::to_string(context.pipeline.collector.secure_port),
                   std::string("--tls-cert-file=") + kServingPath + "/tls.crt",
                   std::string("--tls-key-file=") + kServingPath + "/tls.key"});
  if (!context.pipeline.tls.client_certificate.empty()) {
    arguments.push_back(std::string("--kubelet-client-certificate=") + kKubeletClientPath +
                        "/tls.crt");
    arguments.push_back(std::string("--kubelet-client-key=") + kKubeletClientPath + "/tls.key");
  }
  return arguments;
}

Json Mounts(const pipeline::TlsSpec& tls) {
  Json mounts = Json::array({Mount(kServingVolume, kServingPath)});
  if (!tls.client_certificate.empty()) {
    mounts.push_back(Mount("kubelet-client", kKubeletClientPath));
  }
  return mounts;
}

// `optional`: pods start without the client certificate too, and take it up when it comes.
Json Volumes(const pipeline::TlsSpec& tls, const std::string& serving_secret) {
  Json volumes =
      Json::array({{{"name", kServingVolume}, {"secret", {{"secretName", serving_secret}}}}});
  if (!tls.client_certificate.empty()) {
    volumes.push_back({{"name", "kubelet-client"},
                       {"secret", {{"secretName", tls.client_certificate}, {"optional", true}}}});
  }
  return volumes;
}

Json Container(const ChildContext& context) {
  const pipeline::CollectorSpec& spec = context.pipeline.collector;
  Json port = {{"name", "https"}, {"containerPort", spec.secure_port}, {"protocol", "TCP"}};
  if (spec.network_mode == pipeline::NetworkMode::kHost) port["hostPort"] = spec.secure_port;
  Json resources = WithinLimits(context.sizing ? SizedResources(spec.resources, *context.sizing)
                                               : spec.resources);
  return {{"name", "collector"},
          {"image", context.image},
          {"imagePullPolicy", spec.image_pull_policy},
          {"command", Json::array({"metricspipeline-collector", "start"})},
          {"args", Arguments(context)},
          {"ports", Json::array({std::move(port)})},
          {"startupProbe", Probe("/livez", 1, 60)},
          {"livenessProbe", Probe("/livez", 10, 3)},
          {"readinessProbe", Probe("/readyz", 2, 3)},
          {"resources", std::move(resources)},
          {"securityContext",
           {{"allowPrivilegeEscalation", false},
            {"readOnlyRootFilesystem", true},
            {"capabilities", {{"drop", Json::array({"ALL"})}}}}},
          {"volumeMounts", Mounts(context.pipeline.tls)}};
}

// Replicas prefer different nodes and zones, but start together on one node rather than not at all.
Json Spread(const std::string& pipeline) {
  Json constraints = Json::array();
  for (const char* key : {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}) {
    constraints.push_back({{"maxSkew", 1},
                           {"topologyKey", key},
                           {"whenUnsatisfiable", "ScheduleAnyway"},
                           {"labelSelector", {{"matchLabels", SelectorLabels(pipeline)}}}});
  }
  return constraints;
}

Json PodSpec(const ChildContext& context, const std::string& serving_secret) {
  const pipeline::CollectorSpec& spec = context.pipeline.collector;
  objects::Labels node_selector = spec.node_selector;
  if (node_selector.empty()) node_selector["kubernetes.io/os"] = "linux";
  Json pod = {{"serviceAccountName", context.names.collector},
              {"terminationGracePeriodSeconds", 60},  // more than the collector needs to drain
              {"nodeSelector", node_selector},
              {"topologySpreadConstraints", Spread(context.pipeline.meta.name)},
              {"securityContext",
               {{"runAsNonRoot", true},
                {"runAsUser", 65532},
                {"runAsGroup", 65532},
                {"fsGroup", 65532},
                {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
              {"containers", Json::array({Container(context)})},
              {"volumes", Volumes(context.pipeline.tls, serving_secret)}};
  if (!spec.priority_class_name.empty()) pod["priorityClassName"] = spec.priority_class_name;
  if (!spec.tolerations.empty()) pod["tolerations"] = spec.tolerations;
  if (!spec.affinity.is_null()) pod["affinity"] = spec.affinity;
  for (const std::string& name : context.pull_secrets) {
    pod["imagePullSecrets"].push_back({{"name", name}});
  }
  if (spec.network_mode == pipeline::NetworkMode::kHost) {
    pod["hostNetwork"] = true;
    pod["dnsPolicy"] = "ClusterFirstWithHostNet";
  }
  return pod;
}

// No replica is taken away before its successor serves. On the host's network two of them cannot
// share a node's port, so there the old one goes first.
Json Strategy(pipeline::NetworkMode mode) {
  const bool host = mode == pipeline::NetworkMode::kHost;
  return {{"type", "RollingUpdate"},
          {"rollingUpdate", {{"maxSurge", host ? 0 : 1}, {"maxUnavailable", host ? 1 : 0}}}};
}

}  // namespace

Intent CollectorDeployment(const ChildContext& context, const std::string& serving_secret) {
  const pipeline::CollectorSpec& spec = context.pipeline.collector;
  objects::Labels labels = ChildLabels(context.pipeline.meta.name);
  labels.insert(spec.pod_labels.begin(), spec.pod_labels.end());
  objects::Labels annotations = spec.pod_annotations;
  annotations.emplace("kubectl.kubernetes.io/default-container", "collector");
  Json object = context.Object(Deployments(), context.names.collector);
  if (context.sizing) {
    object["metadata"]["annotations"][std::string(kSizedForAnnotation)] = ToText(*context.sizing);
  }
  object["spec"] = {{"replicas", spec.replicas},
                    {"selector", {{"matchLabels", SelectorLabels(context.pipeline.meta.name)}}},
                    {"strategy", Strategy(spec.network_mode)},
                    {"template",
                     {{"metadata", {{"labels", labels}, {"annotations", annotations}}},
                      {"spec", PodSpec(context, serving_secret)}}}};
  return {&Deployments(), std::move(object)};
}

std::string MountedSecret(const Json& deployment) {
  static const Json::json_pointer kVolumes("/spec/template/spec/volumes");
  if (!deployment.is_object() || !deployment.contains(kVolumes)) return {};
  for (const Json& volume : deployment[kVolumes]) {
    if (volume.value("name", "") == kServingVolume) {
      return objects::TextAt(volume, "/secret/secretName");
    }
  }
  return {};
}

Intent DisruptionBudget(const ChildContext& context) {
  Json object = context.Object(PodDisruptionBudgets(), context.names.collector);
  object["spec"] = {{"maxUnavailable", 1},
                    {"unhealthyPodEvictionPolicy", "AlwaysAllow"},
                    {"selector", {{"matchLabels", SelectorLabels(context.pipeline.meta.name)}}}};
  return {&PodDisruptionBudgets(), std::move(object)};
}

}  // namespace mpl::plan
