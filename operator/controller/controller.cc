#include "operator/controller/controller.h"

#include "kube/client/random.h"
#include "kube/machinery/workqueue.h"
#include "kube/telemetry/log.h"

namespace mpl::controller {
namespace {

// The queue's key for "registrations of pipelines that are gone".
constexpr const char* kAbandoned = "";
constexpr auto kStopGrace = std::chrono::seconds(3);

}  // namespace

struct Controller::Impl {
  Impl(const net::Executor& executor, std::shared_ptr<client::RestConfig> config,
       client::KubeClient& client, metrics::Registry& registry, ControllerOptions options)
      : metrics(registry),
        queue(client::NewRandom()),
        work(executor),
        tasks(executor),
        watches(client, tasks, options.identity.ns, Events()),
        prober(executor, client, std::move(config), tasks,
               [this](const std::string& pipeline) { Enqueue(pipeline); }),
        gatherer(client, watches, prober, options.identity),
        applier(client, watches, metrics, options.may_write),
        reconciler(watches, prober, gatherer, applier, metrics, std::move(options.events)) {}

  WatchEvents Events() {
    return {.changed = [this](const std::string& pipeline) { OnChanged(pipeline); },
            .pipeline_deleted = [this](const std::string& pipeline) { OnDeleted(pipeline); },
            .taken_away = [this](const std::string& name) { gatherer.TakenAway(name); }};
  }

  void OnChanged(const std::string& pipeline) {
    if (!pipeline.empty()) return Enqueue(pipeline);
    for (const Watches::Ptr& each : watches.Pipelines()) Enqueue(each->meta.name);
  }
  void OnDeleted(const std::string& pipeline) {
    reconciler.Forget(pipeline);
    Enqueue(kAbandoned);
  }
  // A standby plans nothing: it looks at everything when it begins to lead.
  void Enqueue(const std::string& key) {
    if (!leading) return;
    queue.Add(key);
    metrics.Queued();
    work.Notify();
  }

  net::Task<void> Work();
  net::Task<void> WaitForWork();
  net::Task<void> WorkOn(std::string key);
  net::Task<Result<TimePoint>> Attempt(std::string key);
  void Finish(const std::string& key, const Result<TimePoint>& outcome);

  ControllerMetrics metrics;
  machinery::Workqueue<std::string> queue;
  net::Signal work;
  net::TaskGroup tasks;
  Watches watches;
  Prober prober;
  Gatherer gatherer;
  Applier applier;
  Reconciler reconciler;
  bool leading = false;
  std::optional<MonoTime> busy_since;
  std::string busy_with;
};

net::Task<void> Controller::Impl::WaitForWork() {
  const auto wake = queue.NextWake(net::SteadyNow());
  if (wake) {
    co_await work.Wait(*wake);
  } else {
    co_await work.Wait();
  }
}

net::Task<void> Controller::Impl::Work() {
  while (!watches.Synced()) {
    const bool slept = co_await net::SleepFor(std::chrono::milliseconds(50));
    if (!slept || tasks.stopping()) co_return;
  }
  log::Info("working", {{"pipelines", watches.Pipelines().size()}});
  OnChanged("");
  Enqueue(kAbandoned);
  while (!tasks.stopping()) {
    auto key = queue.Get(net::SteadyNow());
    metrics.SetDepth(queue.size());
    if (key) {
      co_await WorkOn(*key);
    } else {
      co_await WaitForWork();
    }
  }
}

net::Task<void> Controller::Impl::WorkOn(std::string key) {
  const MonoTime begin = net::SteadyNow();
  busy_since = begin;
  busy_with = key;
  const Result<TimePoint> outcome = co_await Attempt(key);
  busy_since.reset();
  queue.Done(key);
  Finish(key, outcome);
  const double seconds = std::chrono::duration<double>(net::SteadyNow() - begin).count();
  metrics.Reconciled(outcome ? "success" : "error", seconds);
}

// The third door: what nobody foresaw costs one attempt.
net::Task<Result<TimePoint>> Controller::Impl::Attempt(std::string key) {
  Result<TimePoint> outcome = TimePoint::max();
  try {
    if (key == kAbandoned) {
      const auto removed = co_await reconciler.RemoveAbandoned();
      if (!removed) outcome = std::unexpected(removed.error());
    } else {
      outcome = co_await reconciler.Reconcile(key);
    }
  } catch (const std::exception& problem) {
    outcome = Fail(ErrorKind::kInternal, std::string("unforeseen: ") + problem.what());
  }
  co_return outcome;
}

void Controller::Impl::Finish(const std::string& key, const Result<TimePoint>& outcome) {
  const MonoTime now = net::SteadyNow();
  if (!outcome) {
    if (outcome.error().kind == ErrorKind::kCancelled) return;
    // Somebody was faster: no fault, what is there now is looked at.
    const bool late = outcome.error().kind == ErrorKind::kConflict;
    const log::Fields fields = {{"pipeline", key},
                                {"error", Name(outcome.error().kind)},
                                {"message", outcome.error().message},
                                {"failures", queue.NumRequeues(key) + 1}};
    if (late) {
      log::Info("looks again", fields);
    } else {
      log::Warning("reconcile failed", fields);
    }
    metrics.Retried();
    queue.AddRateLimited(key, now);
    return;
  }
  queue.Forget(key);
  if (*outcome == TimePoint::max()) return;
  const Duration wait = std::max<Duration>(*outcome - net::SystemNow(), std::chrono::seconds(1));
  queue.AddAfter(key, now + wait);
}

Controller::Controller(const net::Executor& executor, std::shared_ptr<client::RestConfig> config,
                       client::KubeClient& client, metrics::Registry& registry,
                       ControllerOptions options)
    : impl_(std::make_shared<Impl>(executor, std::move(config), client, registry,
                                   std::move(options))) {}

Controller::~Controller() = default;

void Controller::Start() { impl_->watches.Start(); }

void Controller::Lead() {
  if (impl_->leading) return;
  impl_->leading = true;
  impl_->metrics.SetLeader(true);
  impl_->tasks.Spawn("controller", impl_->Work());
}

net::Task<void> Controller::Stop() {
  impl_->leading = false;
  impl_->metrics.SetLeader(false);
  impl_->queue.ShutDown();
  impl_->work.Notify();
  co_await impl_->tasks.Stop(kStopGrace);
}

Result<void> Controller::Synced() const {
  if (impl_->watches.Synced()) return {};
  const std::string failure = impl_->watches.Failure();
  return Fail(ErrorKind::kUnavailable, failure.empty() ? "first lists are under way" : failure);
}

Result<void> Controller::NotStuck() const {
  const auto& since = impl_->busy_since;
  if (!since || net::SteadyNow() - *since < kStuckAfter) return {};
  return Fail(ErrorKind::kTimeout,
              "the worker has been busy with '" + impl_->busy_with + "' for more than 5 minutes");
}

}  // namespace mpl::controller
