// Leader election over a coordination.k8s.io/v1 Lease, as a machine that says what to read, what to
// write, and whether we lead. The driver is client::LeaderElector.
//
// Rules of client-go tools/leaderelection: expiry is judged by the time that this process saw the
// record change (clocks of other machines are not believed), and only after a whole lease duration;
// the leader writes with the resourceVersion it knows and reads only when that fails. A leader that
// could not renew within the renew deadline has lost, even if it was frozen and nobody else
// noticed.
//
// Pure. Not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/machinery/backoff.h"

namespace mpl::machinery {

struct LeaseTimings {
  std::chrono::seconds lease_duration{30};
  std::chrono::seconds renew_deadline{20};
  std::chrono::seconds retry_period{5};

  // lease_duration > renew_deadline > 1.2 × retry_period > 0
  Result<void> Validate() const;
};

// spec of a Lease, as far as the election needs it.
struct LeaseRecord {
  std::string holder;  // empty: nobody
  std::chrono::seconds duration{};
  TimePoint acquired;
  TimePoint renewed;
  int transitions = 0;
  friend bool operator==(const LeaseRecord&, const LeaseRecord&) = default;
};

struct ObservedLease {
  LeaseRecord record;
  std::string resource_version;
};

// Two clocks: one for deciding, one for writing down.
struct Clocks {
  MonoTime now;
  TimePoint wall;
};

class LeaseMachine {
 public:
  // --- what the driver shall do ---
  struct Read {
    Duration limit;  // give up after so long and report Failed
  };
  // PUT with this resourceVersion; empty: create.
  struct Write {
    LeaseRecord record;
    std::string resource_version;
    Duration limit;
  };
  struct Wait {
    Duration delay;
  };
  struct Lost {
    std::string reason;
  };  // the end: this machine must not be used again
  using Action = std::variant<Read, Write, Wait, Lost>;

  // --- what happened ---
  struct Started {};
  struct Waited {};
  struct Found {
    ObservedLease lease;
  };
  struct Missing {};  // there is no such Lease
  struct Written {
    ObservedLease lease;
  };
  struct Failed {
    Error error;
  };
  using Event = std::variant<Started, Waited, Found, Missing, Written, Failed>;

  LeaseMachine(std::string identity, LeaseTimings timings, Random random);

  Action Handle(const Event& event, const Clocks& clocks);

  // True while the last renewal is younger than the renew deadline; false at once after a freeze,
  // before the machine is driven again.
  bool Leads(MonoTime now) const;
  // Who holds the lease, as far as we know; empty: nobody.
  const std::string& holder() const { return observed_.record.holder; }
  // When the last successful renewal was begun; nothing before the first.
  std::optional<MonoTime> renewed_at() const { return renewed_at_; }
  // What gives the lease back: nothing when we do not hold it.
  std::optional<Write> Release(const Clocks& clocks);
  // The same after the lease was read once more, because a write of ours may have arrived although
  // nobody waited for its answer.
  std::optional<Write> Release(const ObservedLease& found, const Clocks& clocks);

 private:
  Action On(const Started& event, const Clocks& clocks);
  Action On(const Waited& event, const Clocks& clocks);
  Action On(const Found& event, const Clocks& clocks);
  Action On(const Missing& event, const Clocks& clocks);
  Action On(const Written& event, const Clocks& clocks);
  Action On(const Failed& event, const Clocks& clocks);

  Action ReadNow(MonoTime now) const;
  Action WriteNow(const Clocks& clocks, std::string resource_version, const LeaseRecord* before);
  Action TryAgain(MonoTime now);
  void Observe(const ObservedLease& lease, MonoTime now);
  // Until when we have to believe in another holder; nothing when there is none.
  std::optional<MonoTime> HeldUntil() const;
  Duration Limit(MonoTime now) const;
  Write GiveBack(const ObservedLease& lease, const Clocks& clocks) const;

  std::string identity_;
  LeaseTimings timings_;
  Random random_;
  ObservedLease observed_;
  std::optional<MonoTime> observed_at_;  // when observed_ last changed
  std::optional<MonoTime> renewed_at_;
  MonoTime write_begun_;
  bool leading_ = false;
  bool fast_path_ = false;  // the write under way was made without reading before
};

}  // namespace mpl::machinery
