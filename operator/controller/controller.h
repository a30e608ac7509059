// The operator's loop: watches fill a queue of pipeline names, one worker takes them out and
// reconciles. Keeps its watches warm from the start; works only after Lead().
//
// Not thread-safe: everything lives on one runtime.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/client/kube_client.h"
#include "kube/telemetry/metrics.h"
#include "operator/controller/gather.h"
#include "operator/controller/reconciler.h"

namespace mpl::controller {

struct ControllerOptions {
  OperatorIdentity identity;
  // Asked before every write. False: not the leader, nothing is written.
  std::function<bool()> may_write;
  EventSink events;
};

class Controller {
 public:
  // A worker that is busy with one pipeline for so long is stuck.
  static constexpr auto kStuckAfter = std::chrono::minutes(5);

  Controller(const net::Executor& executor, std::shared_ptr<client::RestConfig> config,
             client::KubeClient& client, metrics::Registry& registry, ControllerOptions options);
  ~Controller();

  // Begins to watch.
  void Start();
  // Begins to work, as soon as the watches have their first lists.
  void Lead();
  // Ends worker, watches and probes.
  net::Task<void> Stop();

  // The watches have their first lists.
  Result<void> Synced() const;
  Result<void> NotStuck() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mpl::controller
