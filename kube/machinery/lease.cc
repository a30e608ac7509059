#include "kube/machinery/lease.h"

#include <algorithm>

namespace mpl::machinery {
namespace {

using std::chrono::seconds;

// A candidate looks after this part of the retry period, or up to the second part more, so that
// candidates do not all knock at the same time. What it is late to see a renewal, and late to see
// the end, comes on top of the lease: with client-go's spread (1 to 2.2 periods) the longest
// take-over is 52 s at 30/20/5, with this one 35 s. A look is one small GET.
constexpr double kLeastLook = 0.6;
constexpr double kSpread = 0.3;
// At the end of a lease, for the same reason.
constexpr double kSpreadAtEnd = 0.04;
// A request must leave time for another one before the deadline.
constexpr seconds kMinRequest{1};

}  // namespace

Result<void> LeaseTimings::Validate() const {
  if (retry_period <= seconds::zero()) {
    return Fail(ErrorKind::kInvalid, "retry period must be more than 0 s");
  }
  if (5 * renew_deadline <= 6 * retry_period) {
    return Fail(ErrorKind::kInvalid, "renew deadline (" + std::to_string(renew_deadline.count()) +
                                         " s) must be more than 1.2 × the retry period (" +
                                         std::to_string(retry_period.count()) + " s)");
  }
  if (lease_duration <= renew_deadline) {
    return Fail(ErrorKind::kInvalid, "lease duration (" + std::to_string(lease_duration.count()) +
                                         " s) must be more than the renew deadline (" +
                                         std::to_string(renew_deadline.count()) + " s)");
  }
  return {};
}

LeaseMachine::LeaseMachine(std::string identity, LeaseTimings timings, Random random)
    : identity_(std::move(identity)), timings_(timings), random_(std::move(random)) {}

LeaseMachine::Action LeaseMachine::Handle(const Event& event, const Clocks& clocks) {
  // An answer that comes after the deadline does not save a leader: others may have judged already.
  if (leading_ && !Leads(clocks.now)) {
    leading_ = false;
    return Lost{"not renewed within " + std::to_string(timings_.renew_deadline.count()) + " s"};
  }
  return std::visit([&](const auto& what) { return On(what, clocks); }, event);
}

bool LeaseMachine::Leads(MonoTime now) const {
  return leading_ && renewed_at_ && now - *renewed_at_ < timings_.renew_deadline;
}

LeaseMachine::Action LeaseMachine::On(const Started&, const Clocks& clocks) {
  return ReadNow(clocks.now);
}

LeaseMachine::Action LeaseMachine::On(const Waited&, const Clocks& clocks) {
  if (!leading_) return ReadNow(clocks.now);
  fast_path_ = true;
  return WriteNow(clocks, observed_.resource_version, &observed_.record);
}

LeaseMachine::Action LeaseMachine::On(const Found& event, const Clocks& clocks) {
  Observe(event.lease, clocks.now);
  if (leading_ && observed_.record.holder != identity_) {
    leading_ = false;
    return Lost{"the lease is held by \"" + observed_.record.holder + "\""};
  }
  if (const auto until = HeldUntil(); until && clocks.now < *until) return TryAgain(clocks.now);
  return WriteNow(clocks, observed_.resource_version, &observed_.record);
}

LeaseMachine::Action LeaseMachine::On(const Missing&, const Clocks& clocks) {
  return WriteNow(clocks, {}, nullptr);
}

LeaseMachine::Action LeaseMachine::On(const Written& event, const Clocks& clocks) {
  Observe(event.lease, clocks.now);
  fast_path_ = false;
  // Counted from before the request left: that is the latest moment others may count from.
  renewed_at_ = write_begun_;
  leading_ = clocks.now - write_begun_ < timings_.renew_deadline;
  return TryAgain(clocks.now);
}

LeaseMachine::Action LeaseMachine::On(const Failed&, const Clocks& clocks) {
  if (fast_path_) {
    fast_path_ = false;
    return ReadNow(clocks.now);
  }
  return TryAgain(clocks.now);
}

LeaseMachine::Action LeaseMachine::ReadNow(MonoTime now) const { return Read{Limit(now)}; }

LeaseMachine::Action LeaseMachine::WriteNow(const Clocks& clocks, std::string resource_version,
                                            const LeaseRecord* before) {
  LeaseRecord record{.holder = identity_,
                     .duration = timings_.lease_duration,
                     .acquired = clocks.wall,
                     .renewed = clocks.wall,
                     .transitions = 0};
  if (before != nullptr) {
    const bool ours = before->holder == identity_;
    record.transitions = before->transitions + (ours ? 0 : 1);
    if (ours) record.acquired = before->acquired;
  }
  write_begun_ = clocks.now;
  return Write{std::move(record), std::move(resource_version), Limit(clocks.now)};
}

LeaseMachine::Action LeaseMachine::TryAgain(MonoTime now) {
  if (leading_) {
    const Duration left = *renewed_at_ + timings_.renew_deadline - now;
    return Wait{std::clamp(left, Duration::zero(), Duration(timings_.retry_period))};
  }
  const double random = random_();
  const auto part = [&](double share) {
    return Duration(static_cast<Duration::rep>(
        static_cast<double>(Duration(timings_.retry_period).count()) * share));
  };
  const Duration look = part(kLeastLook + kSpread * random);
  const auto until = HeldUntil();
  if (!until || now >= *until) return Wait{look};
  return Wait{std::min(look, Duration(*until - now) + part(kSpreadAtEnd * random))};
}

void LeaseMachine::Observe(const ObservedLease& lease, MonoTime now) {
  if (!observed_at_ || lease.record != observed_.record) observed_at_ = now;
  observed_ = lease;
}

std::optional<MonoTime> LeaseMachine::HeldUntil() const {
  const LeaseRecord& record = observed_.record;
  if (!observed_at_ || record.holder.empty() || record.holder == identity_) return std::nullopt;
  // The holder's own promise counts: it may run with other timings than we do.
  const Duration duration = record.duration > seconds::zero() ? Duration(record.duration)
                                                              : Duration(timings_.lease_duration);
  return *observed_at_ + duration;
}

// A leader's request may take what is left to the deadline, but not so long that no second try
// fits.
Duration LeaseMachine::Limit(MonoTime now) const {
  if (!leading_) return timings_.renew_deadline;
  const Duration left = *renewed_at_ + timings_.renew_deadline - now;
  return std::clamp(left / 2, Duration(kMinRequest), Duration(timings_.renew_deadline));
}

std::optional<LeaseMachine::Write> LeaseMachine::Release(const Clocks& clocks) {
  if (!Leads(clocks.now)) return std::nullopt;
  leading_ = false;
  return GiveBack(observed_, clocks);
}

std::optional<LeaseMachine::Write> LeaseMachine::Release(const ObservedLease& found,
                                                         const Clocks& clocks) {
  leading_ = false;
  if (found.record.holder != identity_) return std::nullopt;
  return GiveBack(found, clocks);
}

LeaseMachine::Write LeaseMachine::GiveBack(const ObservedLease& lease, const Clocks& clocks) const {
  // One second, because 0 is refused by validation (client-go does the same).
  LeaseRecord record{.holder = {},
                     .duration = seconds(1),
                     .acquired = clocks.wall,
                     .renewed = clocks.wall,
                     .transitions = lease.record.transitions};
  return Write{std::move(record), lease.resource_version, timings_.retry_period};
}

}  // namespace mpl::machinery
