#include "test/unit/operator/plan/world.h"

#include "operator/plan/children.h"

namespace mpl::plan::test {

const TimePoint kNow = *ParseRfc3339("2026-11-21T12:00:00Z");

pipeline::MetricsPipeline MakePipeline(const std::string& spec) {
  const Json object = {{"apiVersion", "metricspipeline.dev/v1alpha1"},
                       {"kind", "MetricsPipeline"},
                       {"metadata",
                        {{"name", "cluster"},
                         {"uid", "uid-1"},
                         {"generation", 3},
                         {"creationTimestamp", "2026-11-21T11:00:00Z"}}},
                       {"spec", Json::parse(spec)}};
  return pipeline::ParsePipeline(object).value();
}

World::World() {
  observed.operator_namespace = "metricspipeline-system";
  observed.operator_image = "registry/metricspipeline:1";
  observed.operator_version = "1";
  observed.namespace_phase = "Active";
  observed.serving.secret_name = "cluster-collector-serving";
  observed.serving.ca_bundle = "-----CA-----\n";
  observed.serving.authority_data = {{"ca.crt", "QQ=="}};
  observed.serving.serving_data = {{"tls.crt", "Qg=="}};
  observed.serving.facts = certs::Facts{kNow + std::chrono::days(30), kNow + std::chrono::days(20),
                                        kNow + std::chrono::days(365), "abcd"};
  for (const std::string& version : MetricsVersions()) {
    observed.api_services[ApiServiceName(version)];
  }
}

void World::Apply(const ApplyObject& action) {
  const Json& metadata = action.object["metadata"];
  const std::string name = metadata["name"];
  if (*action.resource == pipeline::PipelineResource()) {
    pipeline.has_restore_finalizer = metadata.contains("finalizers");
    return;
  }
  if (*action.resource == ApiServices()) {
    Json& live = observed.api_services[name].live;
    const Json status = live.is_object() ? live.value("status", Json()) : Json();
    live = action.object;
    live["metadata"]["uid"] = "uid-of-" + name;
    if (!status.is_null()) live["status"] = status;
    return;
  }
  if (*action.resource == Deployments()) {
    const Json status = observed.deployment.is_object()
                            ? observed.deployment.value("status", Json::object())
                            : Json::object();
    observed.deployment = action.object;
    observed.deployment["metadata"]["generation"] = 1;
    observed.deployment["status"] = status;
  }
  if (*action.resource == ConfigMaps() && action.object.contains("data")) {
    observed.live_config = action.object["data"]["collector.yaml"];
  }
  const LiveChild child{action.resource, metadata.value("namespace", ""), name, "uid-of-" + name};
  for (const LiveChild& known : observed.children) {
    if (known.resource == child.resource && known.name == name && known.ns == child.ns) return;
  }
  observed.children.push_back(child);
}

void World::Remove(const DeleteObject& action) {
  if (*action.resource == ApiServices()) observed.api_services[action.name].live = nullptr;
  std::erase_if(observed.children, [&](const LiveChild& child) {
    return child.resource == action.resource && child.name == action.name;
  });
}

void World::CarryOut(const Plan& plan) {
  for (const Action& action : plan.actions) {
    if (const auto* apply = std::get_if<ApplyObject>(&action)) Apply(*apply);
    if (const auto* remove = std::get_if<DeleteObject>(&action)) Remove(*remove);
    if (const auto* patch = std::get_if<PatchObject>(&action)) {
      if (*patch->resource == pipeline::PipelineResource()) {
        pipeline.has_restore_finalizer = false;
        continue;
      }
      observed.api_services[patch->name].live.merge_patch(patch->patch);
    }
  }
  if (!plan.status.is_null()) pipeline.status = plan.status;
  observed.lost_since = plan.lost_since;
}

void World::Settle() {
  for (int round = 0; round < 5; ++round) CarryOut(MakePlan());
}

void World::ReplicasBecomeReady(int ready) {
  observed.ready_endpoints = ready;
  if (!observed.deployment.is_object()) return;
  observed.deployment["status"] = {{"observedGeneration", 1},
                                   {"replicas", ready},
                                   {"readyReplicas", ready},
                                   {"updatedReplicas", ready},
                                   {"availableReplicas", ready}};
}

void World::ReplicasReport(int healthy, int total) {
  ReplicaReport report;
  report.config_hash = ConfigHash(observed.live_config);
  report.version = "1";
  report.nodes_healthy = healthy;
  report.nodes_total = total;
  report.nodes_failing = total - healthy;
  report.tls_verified = healthy;
  observed.reports.assign(static_cast<std::size_t>(observed.ready_endpoints), report);
}

void World::ApiBecomesAvailable() {
  for (const std::string& version : MetricsVersions()) {
    if (!Live(version).is_object()) continue;
    Live(version)["status"]["conditions"] =
        Json::array({{{"type", "Available"}, {"status", "True"}, {"reason", "Passed"}}});
  }
  observed.api_probe = ApiProbe::kAnswers;
}

void World::MakeReady() {
  Settle();
  ReplicasBecomeReady(pipeline.collector.replicas);
  ReplicasReport();
  Settle();
  ApiBecomesAvailable();
  Settle();
}

void World::AddForeignApiService(const std::string& version) {
  ApiServiceState& state = observed.api_services[ApiServiceName(version)];
  state.live = {
      {"metadata", {{"name", ApiServiceName(version)}, {"uid", "foreign"}}},
      {"spec",
       {{"group", "metrics.k8s.io"},
        {"version", version},
        {"groupPriorityMinimum", 100},
        {"versionPriority", 100},
        {"insecureSkipTLSVerify", true},
        {"service", {{"namespace", "kube-system"}, {"name", "metrics-server"}, {"port", 443}}}}}};
  state.manager = "helm";
}

World TakenOver(const std::string& deletion_policy) {
  World world;
  world.pipeline = MakePipeline(R"({"apiServices": {"conflictPolicy": "TakeOver",
                                   "deletionPolicy": ")" +
                                deletion_policy + "\"}}");
  world.AddForeignApiService("v1beta1");
  world.Settle();
  world.ReplicasBecomeReady();
  world.ReplicasReport();
  world.Settle();
  world.now += 2 * world.pipeline.scrape.resolution;
  world.Settle();
  return world;
}

const Json* World::Condition(const std::string& type) const {
  if (!pipeline.status.is_object()) return nullptr;
  for (const Json& condition : pipeline.status["conditions"]) {
    if (condition["type"] == type) return &condition;
  }
  return nullptr;
}

std::string World::Reason(const std::string& type) const {
  return Condition(type) == nullptr ? "" : (*Condition(type))["reason"];
}
std::string World::Status(const std::string& type) const {
  return Condition(type) == nullptr ? "" : (*Condition(type))["status"];
}
std::string World::Message(const std::string& type) const {
  return Condition(type) == nullptr ? "" : (*Condition(type))["message"];
}

std::vector<std::string> Describe(const std::vector<Action>& actions) {
  std::vector<std::string> texts;
  for (const Action& action : actions) {
    if (const auto* apply = std::get_if<ApplyObject>(&action)) {
      texts.push_back(apply->resource->kind + "/" + apply->object["metadata"].value("name", ""));
    } else if (const auto* remove = std::get_if<DeleteObject>(&action)) {
      texts.push_back("-" + remove->resource->kind + "/" + remove->name);
    } else {
      const auto& patch = std::get<PatchObject>(action);
      texts.push_back("~" + patch.resource->kind + "/" + patch.name);
    }
  }
  return texts;
}

Json Applied(const std::vector<Action>& actions, const std::string& kind, const std::string& name) {
  for (const Action& action : actions) {
    const auto* apply = std::get_if<ApplyObject>(&action);
    if (apply != nullptr && apply->resource->kind == kind &&
        apply->object["metadata"]["name"] == name) {
      return apply->object;
    }
  }
  return nullptr;
}

}  // namespace mpl::plan::test
