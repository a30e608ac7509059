#include "operator/plan/debounce.h"

#include <algorithm>
#include <array>

#include "operator/plan/reasons.h"

namespace mpl::plan {
namespace {

bool MayPass(const std::string& reason) {
  static constexpr std::array kPassing = {reason::kApiNotAnswering, reason::kBackendUnavailable,
                                          reason::kReplicasUnavailable, reason::kNoNodesHealthy};
  return std::ranges::find(kPassing, reason) != kPassing.end();
}

}  // namespace

Debounced Debounce(Condition judged, const Json& status, std::int64_t generation,
                   std::optional<TimePoint> lost_since, TimePoint now) {
  const Json* before = FindCondition(status, "Ready");
  const bool spared = judged.status != "True" && MayPass(judged.reason) && before != nullptr &&
                      before->value("status", "") == "True" &&
                      before->value("observedGeneration", std::int64_t{-1}) == generation;
  if (!spared) return {std::move(judged), std::nullopt, std::nullopt};
  const TimePoint since = std::min(lost_since.value_or(now), now);
  if (now >= since + kLossPatience) return {std::move(judged), since, std::nullopt};
  return {{"Ready", "True", before->value("reason", ""), before->value("message", "")},
          since,
          since + kLossPatience};
}

}  // namespace mpl::plan
