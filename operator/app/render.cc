#include "operator/app/render.h"

#include "kube/base/text.h"
#include "kube/objects/fields.h"
#include "operator/pipeline/pipeline.h"
#include "operator/pipeline/yaml.h"
#include "operator/plan/plan.h"

namespace mpl::app {
namespace {

using objects::Json;

Result<pipeline::MetricsPipeline> ReadPipeline(const std::string& yaml) {
  const auto documents = pipeline::ParseYaml(yaml);
  if (!documents) return std::unexpected(documents.error());
  for (const Json& document : *documents) {
    if (objects::TextIn(document, "kind") != pipeline::kKind) continue;
    auto parsed = pipeline::ParsePipeline(document);
    if (!parsed) return Fail(ErrorKind::kInvalid, Join(parsed.error(), "\n"));
    parsed->meta.uid.clear();
    return *std::move(parsed);
  }
  return Fail(ErrorKind::kInvalid, "there is no document of kind MetricsPipeline (" +
                                       std::string(pipeline::kApiVersion) + ")");
}

// A cluster in which everything is ready: so the plan holds the registrations too.
plan::ObservedState Imagined(const RenderInput& input, const pipeline::MetricsPipeline& pipeline,
                             const plan::Names& names) {
  plan::ObservedState observed;
  observed.operator_namespace = input.ns;
  observed.operator_image = input.image;
  observed.namespace_phase = "Active";
  observed.ready_endpoints = pipeline.collector.replicas;
  switch (pipeline.tls.serving_mode) {
    case pipeline::ServingMode::kSecret:
      observed.serving.secret_name = pipeline.tls.serving_secret;
      break;
    case pipeline::ServingMode::kCertManager:
      observed.serving.secret_name = names.certificate;
      break;
    case pipeline::ServingMode::kSelfManaged:
    case pipeline::ServingMode::kInsecure:
      observed.serving.secret_name = names.serving;
      observed.serving.authority_data = Json::object();
      observed.serving.serving_data = Json::object();
      break;
  }
  if (pipeline.tls.ca_bundle_ref) {
    const auto& reference = *pipeline.tls.ca_bundle_ref;
    plan::Referenced bundle;
    bundle.exists = true;
    bundle.data[reference.key] =
        "# content of " + reference.kind + " " + names.ns + "/" + reference.name + "\n";
    observed.ca_bundle = std::move(bundle);
  }
  return observed;
}

}  // namespace

Result<std::string> Render(const RenderInput& input) {
  const auto pipeline = ReadPipeline(input.yaml);
  if (!pipeline) return std::unexpected(pipeline.error());
  const plan::Names names(pipeline->meta.name, plan::CollectorNamespace(*pipeline, input.ns));
  const plan::ObservedState observed = Imagined(input, *pipeline, names);
  // Without a live registration nothing depends on the time.
  const plan::Plan plan = plan::MakePlan(observed, *pipeline, TimePoint{});
  std::string text;
  for (const plan::Action& action : plan.actions) {
    const auto* apply = std::get_if<plan::ApplyObject>(&action);
    if (apply == nullptr) continue;
    Json object = apply->object;
    if (object["kind"] == "Secret") object.erase("data");
    if (object["kind"] == "APIService") object["spec"].erase("caBundle");
    text += "---\n" + pipeline::ToYaml(object);
  }
  return text;
}

}  // namespace mpl::app
