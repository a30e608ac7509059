#include "collector/scraper/failure_log.h"

#include "kube/telemetry/log.h"

namespace mpl::scraper {
namespace {

constexpr int kLinesPerPeriod = 20;
constexpr Duration kPeriod = std::chrono::seconds(10);

}  // namespace

bool FailureLog::MayWrite(MonoTime now) {
  if (now - period_began_ >= kPeriod) {
    period_began_ = now;
    written_ = 0;
    if (left_out_ > 0) log::Warning("scrape failures left out", {{"count", left_out_}});
    left_out_ = 0;
  }
  if (written_ < kLinesPerPeriod) {
    ++written_;
    return true;
  }
  ++left_out_;
  return false;
}

void FailureLog::Failed(const std::string& node, bool ready, const trust::ScrapeFault& fault,
                        MonoTime now) {
  const std::string reason(trust::Name(fault.reason));
  if (!ready) {
    log::Debug("scrape failed",
               {{"node", node}, {"ready", false}, {"reason", reason}, {"message", fault.message}});
    return;
  }
  if (!MayWrite(now)) return;
  log::Warning("scrape failed", {{"node", node}, {"reason", reason}, {"message", fault.message}});
}

void FailureLog::Recovered(const std::string& node, Duration after, MonoTime now) {
  if (!MayWrite(now)) return;
  log::Info("scrape works again", {{"node", node}, {"after", FormatGoDuration(after)}});
}

}  // namespace mpl::scraper
