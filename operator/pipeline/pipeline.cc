#include "operator/pipeline/pipeline.h"

#include <algorithm>
#include <array>

#include "operator/pipeline/fields.h"

namespace mpl::pipeline {
namespace {

constexpr std::array kManagementStates = {
    Word<ManagementState>{"Managed", ManagementState::kManaged},
    Word<ManagementState>{"Unmanaged", ManagementState::kUnmanaged}};
constexpr std::array kNetworkModes = {Word<NetworkMode>{"Pod", NetworkMode::kPod},
                                      Word<NetworkMode>{"Host", NetworkMode::kHost}};
constexpr std::array kSizingModes = {Word<SizingMode>{"Static", SizingMode::kStatic},
                                     Word<SizingMode>{"Proportional", SizingMode::kProportional}};
constexpr std::array kPortSources = {Word<PortSource>{"NodeStatus", PortSource::kNodeStatus},
                                     Word<PortSource>{"Fixed", PortSource::kFixed}};
constexpr std::array kKubeletModes = {Word<KubeletTlsMode>{"Auto", KubeletTlsMode::kAuto},
                                      Word<KubeletTlsMode>{"ClusterCA", KubeletTlsMode::kClusterCa},
                                      Word<KubeletTlsMode>{"CustomCA", KubeletTlsMode::kCustomCa},
                                      Word<KubeletTlsMode>{"Insecure", KubeletTlsMode::kInsecure}};
constexpr std::array kServingModes = {Word<ServingMode>{"SelfManaged", ServingMode::kSelfManaged},
                                      Word<ServingMode>{"Secret", ServingMode::kSecret},
                                      Word<ServingMode>{"CertManager", ServingMode::kCertManager},
                                      Word<ServingMode>{"Insecure", ServingMode::kInsecure}};
constexpr std::array kConflictPolicies = {
    Word<ConflictPolicy>{"Fail", ConflictPolicy::kFail},
    Word<ConflictPolicy>{"TakeOver", ConflictPolicy::kTakeOver}};
constexpr std::array kDeletionPolicies = {Word<DeletionPolicy>{"Delete", DeletionPolicy::kDelete},
                                          Word<DeletionPolicy>{"Restore", DeletionPolicy::kRestore},
                                          Word<DeletionPolicy>{"Orphan", DeletionPolicy::kOrphan}};
constexpr std::array kUnavailablePolicies = {
    Word<UnavailablePolicy>{"Keep", UnavailablePolicy::kKeep},
    Word<UnavailablePolicy>{"Withdraw", UnavailablePolicy::kWithdraw}};

template <class E, std::size_t N>
std::string_view NameIn(const std::array<Word<E>, N>& words, E wanted) {
  for (const auto& [word, value] : words) {
    if (value == wanted) return word;
  }
  return {};
}

void ReadCollector(const Fields& fields, CollectorSpec& spec) {
  fields.Text("namespace", spec.ns);
  fields.Text("image", spec.image);
  fields.ChoiceText("imagePullPolicy", {"Always", "IfNotPresent", "Never"}, spec.image_pull_policy);
  Json secrets = Json::array();
  fields.Array("imagePullSecrets", secrets);
  for (const Json& secret : secrets) {
    if (secret.is_object() && secret.contains("name") && secret["name"].is_string()) {
      spec.image_pull_secrets.push_back(secret["name"]);
    } else {
      fields.Fault("imagePullSecrets", "every item needs a name");
    }
  }
  fields.Integer("replicas", 1, 10, spec.replicas);
  fields.Object("resources", spec.resources);
  fields.Below("sizing").Choice("mode", kSizingModes, spec.sizing);
  fields.Text("priorityClassName", spec.priority_class_name);
  fields.TextMap("nodeSelector", spec.node_selector);
  fields.Array("tolerations", spec.tolerations);
  fields.Object("affinity", spec.affinity);
  const Fields pod = fields.Below("podTemplate");
  pod.TextMap("labels", spec.pod_labels);
  pod.TextMap("annotations", spec.pod_annotations);
  const Fields logging = fields.Below("logging");
  logging.ChoiceText("level", {"Debug", "Info", "Warning", "Error"}, spec.log_level);
  logging.ChoiceText("format", {"Json", "Text"}, spec.log_format);
  const Fields network = fields.Below("network");
  network.Choice("mode", kNetworkModes, spec.network_mode);
  network.Integer("securePort", 1024, 65535, spec.secure_port);
  if (spec.network_mode == NetworkMode::kHost && spec.secure_port == 10250) {
    network.Fault("securePort",
                  "10250 belongs to the kubelet on the host's network: set another one, for "
                  "example 4443");
  }
  for (const auto& [key, value] : spec.pod_labels) {
    if (key.starts_with("app.kubernetes.io/") || key.starts_with("metricspipeline.dev/")) {
      pod.Fault("labels", "'" + key + "' belongs to the operator: choose another prefix");
    }
  }
}

void ReadAddressTypes(const Fields& fields, std::vector<std::string>& types) {
  static const std::vector<std::string_view> kKnown = {"Hostname", "InternalDNS", "InternalIP",
                                                       "ExternalDNS", "ExternalIP"};
  fields.TextList("addressTypes", types);
  if (types.empty()) fields.Fault("addressTypes", "must name at least one type");
  for (auto type = types.begin(); type != types.end(); ++type) {
    if (std::ranges::find(kKnown, *type) == kKnown.end()) {
      fields.Fault("addressTypes", "'" + *type +
                                       "' is not one of Hostname, InternalDNS, InternalIP, "
                                       "ExternalDNS, ExternalIP");
    }
    if (std::find(types.begin(), type, *type) != type) {
      fields.Fault("addressTypes", "names '" + *type + "' twice: name each type once");
    }
  }
}

void ReadScrape(const Fields& fields, ScrapeSpec& spec) {
  using std::chrono::minutes;
  using std::chrono::seconds;
  fields.Duration("resolution", spec.resolution);
  fields.Duration("timeout", spec.timeout);
  if (spec.resolution < seconds(5) || spec.resolution > minutes(5)) {
    fields.Fault("resolution", "must be from 5s to 5m");
  }
  if (spec.timeout <= Duration(0) || spec.timeout * 10 > spec.resolution * 9) {
    fields.Fault("timeout", FormatGoDuration(spec.timeout) + " is more than 90 % of resolution " +
                                FormatGoDuration(spec.resolution) +
                                ": lower the timeout or raise the resolution");
  }
  ReadAddressTypes(fields, spec.address_types);
  const Fields port = fields.Below("port");
  port.Choice("source", kPortSources, spec.port_source);
  if (port.Has("number")) port.Integer("number", 1, 65535, spec.port_number.emplace(0));
  if ((spec.port_source == PortSource::kFixed) != spec.port_number.has_value()) {
    port.Fault("number", "belongs to source Fixed: give both, or neither");
  }
  fields.Text("nodeSelector", spec.node_selector);
  fields.Integer("maxConcurrency", 0, 10000, spec.max_concurrency);
}

void ReadKubeletTls(const Fields& fields, TlsSpec& spec) {
  fields.Choice("mode", kKubeletModes, spec.kubelet_mode);
  if (fields.Has("clientCertificateRef")) {
    const Fields reference = fields.Below("clientCertificateRef");
    reference.Text("name", spec.client_certificate);
    if (spec.client_certificate.empty()) reference.Fault("name", "is required");
  }
  if (fields.Has("caBundleRef")) {
    const Fields reference = fields.Below("caBundleRef");
    CaBundleRef& target = spec.ca_bundle_ref.emplace();
    reference.ChoiceText("kind", {"ConfigMap", "Secret"}, target.kind);
    reference.Text("name", target.name);
    reference.Text("key", target.key);
    if (target.name.empty()) reference.Fault("name", "is required");
  }
  if ((spec.kubelet_mode == KubeletTlsMode::kCustomCa) != spec.ca_bundle_ref.has_value()) {
    fields.Fault("caBundleRef", "belongs to mode CustomCA: give both, or neither");
  }
}

void ReadServingTls(const Fields& fields, TlsSpec& spec) {
  fields.Choice("mode", kServingModes, spec.serving_mode);
  fields.Below("secretRef").Text("name", spec.serving_secret);
  if ((spec.serving_mode == ServingMode::kSecret) != !spec.serving_secret.empty()) {
    fields.Fault("secretRef", "belongs to mode Secret: give both (with a name), or neither");
  }
  if (fields.Has("issuerRef")) {
    const Fields reference = fields.Below("issuerRef");
    IssuerRef& target = spec.issuer_ref.emplace();
    reference.Text("name", target.name);
    reference.Text("kind", target.kind);
    reference.Text("group", target.group);
    if (target.name.empty()) reference.Fault("name", "is required");
  }
  if ((spec.serving_mode == ServingMode::kCertManager) != spec.issuer_ref.has_value()) {
    fields.Fault("issuerRef", "belongs to mode CertManager: give both, or neither");
  }
}

void ReadIdentity(const Json& object, const Fields& root, MetricsPipeline& pipeline,
                  Faults& faults) {
  std::string api_version, kind;
  root.Text("apiVersion", api_version);
  root.Text("kind", kind);
  if (api_version != kApiVersion || kind != kKind) {
    faults.push_back("apiVersion, kind: '" + api_version + "', '" + kind + "' is not '" +
                     std::string(kApiVersion) + "', '" + std::string(kKind) + "'");
  }
  auto meta = objects::ParseObjectMeta(object);
  if (!meta) {
    faults.push_back(meta.error().message);
    return;
  }
  pipeline.meta = std::move(*meta);
  const std::string& name = pipeline.meta.name;
  const bool known = std::ranges::all_of(
      name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (name.empty() || name.size() > 40 || !known || name[0] < 'a' || name.back() == '-') {
    faults.push_back(
        "metadata.name: '" + name +
        "' must be at most 40 lower-case letters, digits and '-', beginning with a letter and not "
        "ending with '-'");
  }
  root.Below("metadata").TextList("finalizers", pipeline.other_finalizers);
  pipeline.has_restore_finalizer =
      std::erase(pipeline.other_finalizers, std::string(kRestoreFinalizer)) > 0;
}

}  // namespace

const objects::Resource& PipelineResource() {
  static const objects::Resource kResource{"metricspipeline.dev", "v1alpha1", "metricspipelines",
                                           "MetricsPipeline", false};
  return kResource;
}

std::string_view Name(PortSource value) { return NameIn(kPortSources, value); }
std::string_view Name(KubeletTlsMode value) { return NameIn(kKubeletModes, value); }
std::string_view Name(ServingMode value) { return NameIn(kServingModes, value); }

namespace {

// What can be read; the rest is told.
MetricsPipeline Read(const Json& object, Faults& faults) {
  MetricsPipeline pipeline;
  const Fields root(object, "", faults);
  ReadIdentity(object, root, pipeline, faults);
  if (!root.Has("spec")) root.Fault("spec", "is required: write `spec: {}` for the defaults");
  const Fields spec = root.Below("spec");
  spec.Choice("managementState", kManagementStates, pipeline.management_state);
  ReadCollector(spec.Below("collector"), pipeline.collector);
  ReadScrape(spec.Below("scrape"), pipeline.scrape);
  const Fields tls = spec.Below("tls");
  ReadKubeletTls(tls.Below("kubelet"), pipeline.tls);
  ReadServingTls(tls.Below("serving"), pipeline.tls);
  const Fields services = spec.Below("apiServices");
  services.Choice("conflictPolicy", kConflictPolicies, pipeline.api_services.conflict_policy);
  services.Choice("deletionPolicy", kDeletionPolicies, pipeline.api_services.deletion_policy);
  services.Choice("unavailablePolicy", kUnavailablePolicies,
                  pipeline.api_services.unavailable_policy);
  root.Object("status", pipeline.status);
  return pipeline;
}

}  // namespace

std::expected<MetricsPipeline, Faults> ParsePipeline(const Json& object) {
  if (!object.is_object()) return std::unexpected(Faults{"the document is not an object"});
  Faults faults;
  MetricsPipeline pipeline = Read(object, faults);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  return pipeline;
}

MetricsPipeline ParseForDeletion(const Json& object) {
  Faults ignored;
  MetricsPipeline pipeline = Read(object, ignored);
  if (pipeline.has_restore_finalizer) {
    pipeline.api_services.deletion_policy = DeletionPolicy::kRestore;
  }
  return pipeline;
}

}  // namespace mpl::pipeline
