// Folds many small facts (a Deployment's status, the replicas' reports) into a few figures.
#include <algorithm>
#include <map>

#include "kube/objects/fields.h"
#include "operator/plan/conditions.h"

namespace mpl::plan {
namespace {

using objects::TextIn;

int Number(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_number_integer() ? object[at].get<int>() : 0;
}

void ReadFailing(const Json& json, std::vector<FailingNode>& failing) {
  if (!json.contains("failing") || !json["failing"].is_array()) return;
  for (const Json& item : json["failing"]) {
    if (!item.is_object()) continue;
    failing.push_back({TextIn(item, "node"), TextIn(item, "reason"), TextIn(item, "message"),
                       TextIn(item, "since")});
  }
}

std::optional<std::map<std::string, int>> ReadReasons(const Json& json) {
  const auto member = json.find("failingByReason");
  if (member == json.end() || !member->is_object()) return std::nullopt;
  std::map<std::string, int> counts;
  for (const auto& [reason, count] : member->items()) {
    if (count.is_number_integer() && count.get<int>() > 0) counts[reason] = count.get<int>();
  }
  return counts;
}

void ReadPins(const Json& json, std::vector<PinnedNode>& pins) {
  if (!json.contains("pins") || !json["pins"].is_array()) return;
  for (const Json& item : json["pins"]) {
    if (!item.is_object()) continue;
    pins.push_back({TextIn(item, "node"), TextIn(item, "subject"), TextIn(item, "issuer")});
  }
}

}  // namespace

Result<ReplicaReport> ParseReplicaReport(const Json& json) {
  if (!json.is_object()) return Fail(ErrorKind::kMalformed, "/status is not a JSON object");
  ReplicaReport report;
  report.config_hash = TextIn(json, "configHash");
  report.version = TextIn(json, "version");
  report.last_config_error = TextIn(json, "lastConfigError");
  report.pins_error = TextIn(json, "pinsError");
  report.nodes_total = Number(json, "/nodes/total");
  report.nodes_healthy = Number(json, "/nodes/healthy");
  report.pods = Number(json, "/store/pods");
  report.tls_verified = Number(json, "/tls/verified");
  report.tls_pinned = Number(json, "/tls/pinned");
  report.tls_insecure = Number(json, "/tls/insecure");
  ReadFailing(json, report.failing);
  report.nodes_failing =
      std::max(Number(json, "/failingTotal"), static_cast<int>(report.failing.size()));
  report.failing_by_reason = ReadReasons(json);
  ReadPins(json, report.pins);
  return report;
}

Rollout ReadRollout(const Json& deployment, int wanted) {
  Rollout rollout;
  rollout.wanted = wanted;
  if (!deployment.is_object()) return rollout;
  rollout.exists = true;
  rollout.observed = Number(deployment, "/status/observedGeneration") >=
                     Number(deployment, "/metadata/generation");
  rollout.ready = Number(deployment, "/status/readyReplicas");
  rollout.updated = Number(deployment, "/status/updatedReplicas");
  rollout.available = Number(deployment, "/status/availableReplicas");
  const Json::json_pointer conditions("/status/conditions");
  if (!deployment.contains(conditions)) return rollout;
  for (const Json& condition : deployment[conditions]) {
    const std::string type = TextIn(condition, "type");
    const std::string status = TextIn(condition, "status");
    if ((type == "ReplicaFailure" && status == "True") ||
        (type == "Progressing" && status == "False")) {
      rollout.trouble = TextIn(condition, "reason") + ": " + TextIn(condition, "message");
    }
  }
  return rollout;
}

namespace {

// What counts for those who ask: the replicas that take requests; at the beginning, all.
void AddFigures(const std::vector<ReplicaReport>& reports, ScrapeSummary& summary) {
  bool first = true;
  for (const ReplicaReport& report : reports) {
    if (summary.serving && !report.ready) continue;
    if (first) {
      summary.healthy = report.nodes_healthy;
      summary.config_hash = report.config_hash;
    }
    first = false;
    summary.healthy = std::min(summary.healthy, report.nodes_healthy);
    summary.most_healthy = std::max(summary.most_healthy, report.nodes_healthy);
    if (report.config_hash != summary.config_hash) summary.config_hash.clear();
  }
}

// Whether `a` tells more of a node than `b`: a refusal, then the earliest sight, so that the text
// stays the same.
bool TellsMore(const FailingNode& a, const FailingNode& b) {
  const bool refused = IsRefusal(a.reason);
  return refused != IsRefusal(b.reason) ? refused : a.since < b.since;
}

// The same node through several eyes.
void AddNodes(const std::vector<ReplicaReport>& reports, ScrapeSummary& summary) {
  std::map<std::string, FailingNode> failing;
  std::map<std::string, PinnedNode> pins;
  for (const ReplicaReport& report : reports) {
    for (const PinnedNode& pin : report.pins) pins.emplace(pin.node, pin);
    for (const FailingNode& node : report.failing) {
      const auto [entry, fresh] = failing.emplace(node.node, node);
      if (!fresh && TellsMore(node, entry->second)) entry->second = node;
    }
  }
  for (auto& [name, node] : failing) summary.failing.push_back(std::move(node));
  for (auto& [name, pin] : pins) summary.pins.push_back(std::move(pin));
}

// The list of a replica may be cut, its counts are not; the list of all may hold more than each.
void AddReasons(const std::vector<ReplicaReport>& reports, ScrapeSummary& summary) {
  std::map<std::string, int>& counts = summary.failing_by_reason;
  for (const FailingNode& node : summary.failing) ++counts[node.reason];
  for (const ReplicaReport& report : reports) {
    int explained = static_cast<int>(report.failing.size());
    if (report.failing_by_reason) {
      explained = 0;
      for (const auto& [reason, count] : *report.failing_by_reason) {
        counts[reason] = std::max(counts[reason], count);
        explained += count;
      }
    }
    summary.unexplained = std::max(summary.unexplained, report.nodes_failing - explained);
  }
}

}  // namespace

ScrapeSummary Summarise(const std::vector<ReplicaReport>& reports) {
  ScrapeSummary summary;
  summary.known = !reports.empty();
  summary.serving = std::ranges::any_of(reports, &ReplicaReport::ready);
  AddFigures(reports, summary);
  AddNodes(reports, summary);
  AddReasons(reports, summary);
  summary.nodes_failing = static_cast<int>(summary.failing.size());
  for (const ReplicaReport& report : reports) {
    summary.total = std::max(summary.total, report.nodes_total);
    summary.nodes_failing = std::max(summary.nodes_failing, report.nodes_failing);
    summary.pinned = std::max(summary.pinned, report.tls_pinned);
    summary.verified = std::max(summary.verified, report.tls_verified);
    summary.insecure = std::max(summary.insecure, report.tls_insecure);
    summary.version = std::max(summary.version, report.version);
    if (summary.config_error.empty()) summary.config_error = report.last_config_error;
    if (summary.pins_error.empty()) summary.pins_error = report.pins_error;
  }
  return summary;
}

}  // namespace mpl::plan
