#include "collector/handlers/openapi_schemas.h"

#include <string>

#include "kube/base/version.h"

namespace mpl::handlers {
namespace {

using objects::Json;

// Names of our own for what the whole of Kubernetes shares: kube-apiserver has schemas of the same
// meaning in other words, and would rename ours when it merges the documents.
constexpr const char* kObjectMeta = "dev.metricspipeline.metrics.ObjectMeta";
constexpr const char* kListMeta = "dev.metricspipeline.metrics.ListMeta";
constexpr const char* kQuantity = "dev.metricspipeline.metrics.Quantity";

Json Text(const std::string& description) {
  return {{"type", "string"}, {"description", description}};
}

Json Reference(const std::string& name, const std::string& description) {
  return {{"description", description},
          {"allOf", Json::array({{{"$ref", "#/components/schemas/" + name}}})}};
}

Json Object(const std::string& description, Json properties, Json required = Json::array()) {
  Json schema = {
      {"type", "object"}, {"description", description}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

Json Time(const std::string& description) {
  Json schema = Text(description);
  schema["format"] = "date-time";
  return schema;
}

Json ListOf(const std::string& name, const std::string& description) {
  return {{"type", "array"},
          {"description", description},
          {"items", {{"$ref", "#/components/schemas/" + name}}},
          {"x-kubernetes-list-type", "atomic"}};
}

Json Usage(const std::string& of_what) {
  return {{"type", "object"},
          {"description",
           "Resources that " + of_what +
               " used. cpu: the mean over the window, in cores. memory: the working set at the end "
               "of it, in bytes. swap: swap space in use, in bytes; absent where the kubelet does "
               "not report it."},
          {"additionalProperties", {{"$ref", std::string("#/components/schemas/") + kQuantity}}}};
}

void AddTypeMeta(Json& properties) {
  properties["kind"] = Text("The kind of this object.");
  properties["apiVersion"] = Text("Group and version of the API that this object belongs to.");
}

// What NodeMetrics and PodMetrics have in common.
Json MeasuredProperties(const std::string& of_what) {
  Json properties = {
      {"metadata", Reference(kObjectMeta, "Names the " + of_what + " that was measured.")},
      {"timestamp", Time("When the sample was taken: the end of the window.")},
      {"window", Text("The span that the mean is over, such as \"15.2s\": usage is that of "
                      "[timestamp - window, timestamp].")}};
  AddTypeMeta(properties);
  return properties;
}

Json NodeMetrics() {
  Json properties = MeasuredProperties("node");
  properties["usage"] = Usage("the whole node");
  return Object("How much of its resources a node used lately.", std::move(properties),
                {"timestamp", "window", "usage"});
}

Json PodMetrics(const std::string& container) {
  Json properties = MeasuredProperties("pod");
  properties["timestamp"]["description"] =
      "When the earliest of the containers' samples was taken: the end of the window.";
  properties["containers"] = ListOf(container, "One entry per running container.");
  return Object("How much of its node's resources a pod used lately, container by container.",
                std::move(properties), {"timestamp", "window", "containers"});
}

Json ContainerMetrics() {
  const Json properties = {{"name", Text("The container's name in the pod's spec.")},
                           {"usage", Usage("the container")}};
  return Object("How much one container used.", properties, {"name", "usage"});
}

Json List(const std::string& item, const std::string& of_what) {
  Json properties = {{"metadata", Reference(kListMeta, "About the list itself.")},
                     {"items", ListOf(item, "Sorted by namespace and name. " + of_what +
                                                " without a recent sample are left out.")}};
  AddTypeMeta(properties);
  return Object(of_what + " and what they used lately.", std::move(properties), {"items"});
}

Json ObjectMeta() {
  Json labels = {{"type", "object"},
                 {"description", "The labels of the measured object, for label selectors."},
                 {"additionalProperties", {{"type", "string"}}}};
  return Object("The part of an object's metadata that metrics carry.",
                {{"name", Text("The name of the measured object.")},
                 {"namespace", Text("Its namespace; absent for nodes.")},
                 {"labels", std::move(labels)},
                 {"creationTimestamp", Time("When this answer was made.")}});
}

Json Quantity() {
  Json schema = {
      {"description", "A number with a suffix, such as \"250m\" (0.25), \"1536Mi\" or \"2\"."}};
  schema["oneOf"] = Json::array({{{"type", "string"}}, {{"type", "number"}}});
  return schema;
}

http::OpenApiGroupVersion Version(const std::string& version) {
  const std::string prefix = "io.k8s.metrics.pkg.apis.metrics." + version + ".";
  http::OpenApiGroupVersion described;
  described.group = "metrics.k8s.io";
  described.version = version;
  described.schemas = {
      {prefix + "NodeMetrics", NodeMetrics()},
      {prefix + "NodeMetricsList", List(prefix + "NodeMetrics", "Nodes")},
      {prefix + "PodMetrics", PodMetrics(prefix + "ContainerMetrics")},
      {prefix + "PodMetricsList", List(prefix + "PodMetrics", "Pods")},
      {prefix + "ContainerMetrics", ContainerMetrics()},
      {kObjectMeta, ObjectMeta()},
      {kListMeta, Object("Empty: a list is whole and has no version.", Json::object())},
      {kQuantity, Quantity()}};
  described.resources = {{.plural = "nodes",
                          .kind = "NodeMetrics",
                          .namespaced = false,
                          .schema = prefix + "NodeMetrics",
                          .list_schema = prefix + "NodeMetricsList"},
                         {.plural = "pods",
                          .kind = "PodMetrics",
                          .namespaced = true,
                          .schema = prefix + "PodMetrics",
                          .list_schema = prefix + "PodMetricsList"}};
  return described;
}

}  // namespace

http::OpenApi MetricsOpenApi() {
  const http::OpenApiInfo info{.title = "MetricsPipeline",
                               .version = "v" + std::string(kVersion),
                               .media_types = {"application/json", "application/yaml",
                                               "application/vnd.kubernetes.protobuf"}};
  return http::OpenApi(info, {Version("v1"), Version("v1beta1")});
}

}  // namespace mpl::handlers
