#include "operator/plan/status.h"

#include <algorithm>

#include "kube/base/text.h"
#include "operator/plan/sizing.h"

namespace mpl::plan {
namespace {

std::string Fraction(int part, int whole) {
  return std::to_string(part) + "/" + std::to_string(whole);
}

Json CollectorFigures(const Case& in, const Rollout& rollout, const ScrapeSummary& scrape,
                      const std::string& image) {
  Json figures = {{"image", image},
                  {"replicas", rollout.wanted},
                  {"readyReplicas", rollout.ready},
                  {"updatedReplicas", rollout.updated},
                  {"configHash", in.config_hash}};
  if (const auto basis = ReadBasis(in.observed.deployment)) figures["sizedFor"] = ToText(*basis);
  if (!scrape.version.empty()) figures["version"] = scrape.version;
  if (!scrape.config_hash.empty()) figures["appliedConfigHash"] = scrape.config_hash;
  return figures;
}

Json ScrapeFigures(const ScrapeSummary& scrape) {
  Json figures = {{"nodesTotal", scrape.total}, {"nodesHealthy", scrape.healthy}};
  for (const FailingNode& node : scrape.failing) {
    if (figures.contains("failing") && figures["failing"].size() == 10) break;
    figures["failing"].push_back({{"node", node.node},
                                  {"reason", node.reason},
                                  {"message", node.message},
                                  {"since", node.since}});
  }
  return figures;
}

Json ApiServiceFigures(const Case& in) {
  Json list = Json::array();
  for (const RegistrationDecision& decision : in.registrations) {
    Json entry = {{"name", decision.name}, {"state", Name(decision.state)}};
    if (!decision.reason.empty()) entry["reason"] = decision.reason;
    if (!decision.owner.empty()) entry["owner"] = decision.owner;
    const auto state = in.observed.api_services.find(decision.name);
    if (state != in.observed.api_services.end() && state->second.live.is_object()) {
      const Json& live = state->second.live;
      if (std::string service = ServiceOf(live); !service.empty()) entry["service"] = service;
      const Json* available = FindLiveCondition(live, "Available");
      if (available != nullptr) entry["available"] = available->value("status", "Unknown");
    }
    list.push_back(std::move(entry));
  }
  return list;
}

Json CertificateFigures(const certs::Facts& facts) {
  return {{"servingNotAfter", FormatRfc3339(facts.serving_not_after)},
          {"servingRenewalTime", FormatRfc3339(facts.serving_renewal)},
          {"caNotAfter", FormatRfc3339(facts.authority_not_after)},
          {"caSHA256", facts.authority_sha256}};
}

}  // namespace

Json Figures(const Case& in, const std::string& image) {
  const Rollout rollout = ReadRollout(in.observed.deployment, in.pipeline.collector.replicas);
  const ScrapeSummary scrape = Summarise(in.observed.reports);
  Json status = {{"summary", {{"replicas", Fraction(rollout.ready, rollout.wanted)}}},
                 {"collector", CollectorFigures(in, rollout, scrape, image)},
                 {"apiServices", ApiServiceFigures(in)}};
  if (!in.observed.operator_version.empty())
    status["operatorVersion"] = in.observed.operator_version;
  if (scrape.known) {
    status["summary"]["nodes"] = Fraction(scrape.healthy, scrape.total);
    status["scrape"] = ScrapeFigures(scrape);
  }
  if (in.observed.serving.facts) {
    status["certificates"] = CertificateFigures(*in.observed.serving.facts);
  }
  return status;
}

Json StatusIntent(const std::string& pipeline, const std::string& version, Json status) {
  return {{"apiVersion", pipeline::kApiVersion},
          {"kind", pipeline::kKind},
          {"metadata", {{"name", pipeline}, {"resourceVersion", version}}},
          {"status", std::move(status)}};
}

std::vector<EventIntent> Transitions(const std::vector<Condition>& conditions,
                                     const Json& prior_status) {
  std::vector<EventIntent> events;
  for (const Condition& condition : conditions) {
    const Json* before = FindCondition(prior_status, condition.type);
    if (before != nullptr && before->value("status", "") == condition.status) continue;
    // What begins is told by Reconciling; what is unknown is no news.
    if (condition.type == "Reconciling" || condition.status == "Unknown") continue;
    const bool good =
        (condition.status == "True") == (condition.type != "Stalled" && condition.type != "Paused");
    if (before == nullptr && condition.type == "Paused") continue;
    if (before == nullptr && !good && condition.type != "Stalled") continue;  // just beginning
    events.push_back(
        {!good, condition.reason, condition.type + ": " + Shortened(condition.message, 900)});
  }
  return events;
}

}  // namespace mpl::plan
