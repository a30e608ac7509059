#include "operator/app/status.h"

#include "operator/pipeline/pipeline.h"
#include "operator/plan/conditions.h"

namespace mpl::app {
namespace {

using objects::Json;

std::string Text(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  if (!object.contains(at)) return "";
  return object[at].is_string() ? object[at].get<std::string>() : object[at].dump();
}

// Paused=True and Stalled=True are no good news; Reconciling is neither.
bool IsGood(const std::string& type, const std::string& status) {
  if (type == "Paused" || type == "Stalled") return status == "False";
  return status == "True";
}

std::string DescribeCondition(const Json& condition) {
  const std::string type = condition.value("type", "");
  const std::string status = condition.value("status", "");
  const char* mark = type == "Reconciling" ? ".." : IsGood(type, status) ? "ok" : "!!";
  std::string line = std::string("  ") + mark + "  " + type + "=" + status + " (" +
                     condition.value("reason", "") + ")";
  const std::string message = condition.value("message", "");
  if (!message.empty()) line += "\n      " + message;
  return line + "\n";
}

bool IsReady(const Json& pipeline) {
  const Json status = pipeline.value("status", Json::object());
  const Json* ready = plan::FindCondition(status, "Ready");
  return ready != nullptr && ready->value("status", "") == "True";
}

}  // namespace

std::string DescribePipeline(const Json& pipeline) {
  const Json status = pipeline.value("status", Json::object());
  std::string text = "  conditions:\n";
  const std::string replicas = Text(status, "/summary/replicas");
  const std::string nodes = Text(status, "/summary/nodes");
  if (!replicas.empty()) text += "  replicas " + replicas;
  if (!nodes.empty()) text += ", nodes " + nodes;
  if (const std::string version = Text(status, "/collector/version"); !version.empty()) {
    text += ", version " + version;
  }
  if (!replicas.empty()) text += "\n";
  const Json conditions = status.value("conditions", Json::array());
  if (conditions.empty()) {
    return text +
           "  !!  no operator has looked at it yet: is it running? kubectl -n "
           "metricspipeline-system get pods\n";
  }
  for (const Json& condition : conditions) text += DescribeCondition(condition);
  const std::string observed = Text(status, "/observedGeneration");
  const std::string generation = Text(pipeline, "/metadata/generation");
  if (observed != generation) {
    text += "  ..  the operator has not seen the newest spec yet (generation " + generation +
            ", seen " + observed + ")\n";
  }
  return text;
}

std::string Describe(const StatusReport& report) {
  if (report.pipelines.empty()) {
    return "there is no MetricsPipeline: kubectl apply -f samples/minimal.yaml makes one\n";
  }
  std::string text;
  for (const PipelineStatus& status : report.pipelines) {
    text += diagnosis::Describe(status.name, status.chain) + DescribePipeline(status.pipeline);
  }
  return text;
}

Json ToJson(const StatusReport& report) {
  Json pipelines = Json::array();
  for (const PipelineStatus& status : report.pipelines) {
    Json entry = diagnosis::ToJson(status.name, status.chain);
    entry["ready"] = IsReady(status.pipeline);
    pipelines.push_back(std::move(entry));
  }
  return {{"allReady", report.all_ready}, {"pipelines", std::move(pipelines)}};
}

net::Task<Result<StatusReport>> ReportStatus(Session session, StatusOptions options) {
  Json items = Json::array();
  if (options.name.empty()) {
    auto list = co_await session.client.List(pipeline::PipelineResource(), "");
    if (!list) co_return Within("list metricspipelines", list.error());
    items = list->value("items", Json::array());
  } else {
    auto one = co_await session.client.Get(pipeline::PipelineResource(), "", options.name);
    if (!one) co_return Within("get metricspipeline " + options.name, one.error());
    items.push_back(std::move(*one));
  }
  StatusReport report;
  report.all_ready = !items.empty();
  for (const Json& item : items) {
    const diagnosis::ChainFacts facts = co_await ReadChain(session, item, options.ns);
    PipelineStatus status{Text(item, "/metadata/name"), item, diagnosis::MakeChain(facts)};
    const bool sound = IsReady(item) && diagnosis::FirstBroken(status.chain) == nullptr;
    report.all_ready = report.all_ready && sound;
    report.pipelines.push_back(std::move(status));
  }
  co_return report;
}

}  // namespace mpl::app
