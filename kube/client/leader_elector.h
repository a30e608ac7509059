// Holds a Lease while it can, and says when it begins and ends to lead. The decisions are
// machinery::LeaseMachine's (pure), this is its driver.
//
// Not thread-safe: lives on the client's runtime, except Leads() and LastRenewAge(), which any
// thread may ask.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/client/kube_client.h"
#include "kube/machinery/lease.h"
#include "kube/net/runtime.h"

namespace mpl::client {

struct LeaderElectorOptions {
  std::string ns;
  std::string name;
  std::string identity;  // unique among the candidates: "<pod>_<uid>"
  machinery::LeaseTimings timings;
};

class LeaderElector {
 public:
  // `timings` must be valid (LeaseTimings::Validate).
  LeaderElector(KubeClient& client, LeaderElectorOptions options);
  ~LeaderElector();

  // Both are called on the runtime, each at most once. Whoever lost must stop working at once; the
  // usual way is to end the process.
  void OnStarted(std::function<void()> handler);
  void OnStopped(std::function<void(const std::string& reason)> handler);

  // Takes part until leadership is lost, or until the task is cancelled: then the lease is given
  // back (a leader needs up to one retry period for that) and OnStopped called if we led.
  Task<void> Run();

  // False at once after a freeze of the process, before Run notices it.
  bool Leads() const;
  // Since the last successful renewal; nothing as long as we never led.
  std::optional<Duration> LastRenewAge() const;
  // Who holds the lease as far as we know; empty: nobody. On the runtime only.
  const std::string& holder() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mpl::client
