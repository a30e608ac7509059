// --metric-resolution and --kubelet-request-timeout. Metrics-server knows parts of a second and no
// upper limit; spec.scrape has whole seconds, a resolution from 5s to 5m, and a timeout of at most
// 90 % of it (crds/metricspipeline.dev_metricspipelines.yaml).
#include <algorithm>

#include "kube/base/time.h"
#include "operator/migration/translation.h"
#include "operator/pipeline/pipeline.h"

namespace mpl::migration {
namespace {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::seconds;

constexpr seconds kShortestResolution{5}, kLongestResolution{300};
constexpr const char* kResolutionDefault = "60s";  // metrics-server's

std::string Seconds(seconds value) { return std::to_string(value.count()) + "s"; }

// Nothing when what was given is no duration.
std::optional<seconds> Resolution(const Translation& t) {
  const auto given = ParseGoDuration(t.ValueOf("metric-resolution", kResolutionDefault));
  if (!given) return std::nullopt;
  return std::clamp(ceil<seconds>(*given), kShortestResolution, kLongestResolution);
}

// The resolution that the pipeline will have.
seconds InForce(const Translation& t) {
  return Resolution(t).value_or(floor<seconds>(pipeline::ScrapeSpec{}.resolution));
}

seconds LongestTimeout(const Translation& t) { return seconds(InForce(t).count() * 9 / 10); }

void SetTimeout(Translation& t, const std::string& subject, seconds wanted) {
  const seconds longest = LongestTimeout(t);
  const std::string timeout = Seconds(std::min(wanted, longest));
  t.spec["scrape"]["timeout"] = timeout;
  std::string text = "spec.scrape.timeout: " + timeout;
  if (wanted > longest) {
    text += ", the longest with resolution " + Seconds(InForce(t)) +
            " (whole seconds, at most 90 % of it)";
  }
  t.Tell(subject, Outcome::kCarriedOver, std::move(text));
}

}  // namespace

void TranslateResolution(Translation& t, const Flag& flag) {
  const auto wanted = Resolution(t);
  if (!wanted) {
    return t.Tell(flag.written, Outcome::kDecide, "is no duration: set spec.scrape.resolution");
  }
  t.spec["scrape"]["resolution"] = Seconds(*wanted);
  if (*wanted == ParseGoDuration(flag.value)) {
    return Carry(t, flag, "scrape.resolution", Seconds(*wanted));
  }
  t.Tell(flag.written, Outcome::kCarriedOver,
         "spec.scrape.resolution: " + Seconds(*wanted) + " (whole seconds from 5s to 5m)");
}

void TranslateTimeout(Translation& t, const Flag& flag) {
  const auto given = ParseGoDuration(flag.value);
  if (!given || *given <= Duration::zero()) {
    return t.Tell(flag.written, Outcome::kDecide, "is no duration: set spec.scrape.timeout");
  }
  SetTimeout(t, flag.written, ceil<seconds>(*given));
}

void TranslateDefaultTimes(Translation& t) {
  if (!t.given.contains("metric-resolution")) {
    t.spec["scrape"]["resolution"] = kResolutionDefault;
    t.Tell("--metric-resolution (default 1m)", Outcome::kCarriedOver,
           "spec.scrape.resolution: 60s; leave it out for 15s");
  }
  // Its default is ours, 10 s. Releases without the flag took 90 % of the resolution.
  const seconds usual = floor<seconds>(pipeline::ScrapeSpec{}.timeout);
  if (t.spec["scrape"].contains("timeout") || usual <= LongestTimeout(t)) return;
  SetTimeout(t, "--kubelet-request-timeout (default 10s)", usual);
}

}  // namespace mpl::migration
