#include "kube/client/leader_elector.h"

#include <boost/asio/this_coro.hpp>
#include <mutex>

#include "kube/client/random.h"
#include "kube/telemetry/log.h"

namespace mpl::client {
namespace {

using machinery::LeaseMachine;
using machinery::LeaseRecord;
using machinery::ObservedLease;

const objects::Resource kLeases{.group = "coordination.k8s.io",
                                .version = "v1",
                                .plural = "leases",
                                .kind = "Lease",
                                .namespaced = true};

machinery::Clocks Now() { return {net::SteadyNow(), net::SystemNow()}; }

TimePoint TimeOf(const Json& spec, const char* field) {
  const auto found = spec.find(field);
  if (found == spec.end() || !found->is_string()) return {};
  return ParseRfc3339(found->get_ref<const std::string&>()).value_or(TimePoint{});
}

int NumberOf(const Json& spec, const char* field) {
  const auto found = spec.find(field);
  return found != spec.end() && found->is_number_integer() ? found->get<int>() : 0;
}

LeaseRecord ReadSpec(const Json& spec) {
  const auto holder = spec.find("holderIdentity");
  return {.holder = holder != spec.end() && holder->is_string() ? holder->get<std::string>() : "",
          .duration = std::chrono::seconds(NumberOf(spec, "leaseDurationSeconds")),
          .acquired = TimeOf(spec, "acquireTime"),
          .renewed = TimeOf(spec, "renewTime"),
          .transitions = NumberOf(spec, "leaseTransitions")};
}

// Fields that we do not know (strategy, preferredHolder) stay as they are.
void WriteSpec(const LeaseRecord& record, Json& spec) {
  spec["holderIdentity"] = record.holder;
  spec["leaseDurationSeconds"] = record.duration.count();
  spec["acquireTime"] = FormatRfc3339Micro(record.acquired);
  spec["renewTime"] = FormatRfc3339Micro(record.renewed);
  spec["leaseTransitions"] = record.transitions;
}

}  // namespace

struct LeaderElector::Impl {
  Impl(KubeClient& with, LeaderElectorOptions what)
      : client(with),
        options(std::move(what)),
        machine(options.identity, options.timings, NewRandom()) {}

  KubeClient& client;
  LeaderElectorOptions options;
  LeaseMachine machine;
  Json object = Json::object();  // the Lease as last seen
  std::function<void()> on_started = [] {};
  std::function<void(const std::string&)> on_stopped = [](const std::string&) {};
  bool led = false;

  mutable std::mutex mutex;
  std::optional<MonoTime> renewed_at;  // guarded by mutex, like the next
  bool leading = false;

  using Outcome = std::optional<LeaseMachine::Event>;  // nothing: cancelled
  static Task<void> Run(std::shared_ptr<Impl> self);
  Task<Outcome> Do(LeaseMachine::Read action);
  Task<Outcome> Do(LeaseMachine::Write action);
  Task<Outcome> Do(LeaseMachine::Wait action);
  Task<Outcome> Perform(LeaseMachine::Action action);
  Task<Result<Json>> Send(http::Request request, Duration limit);
  Outcome Judge(Result<Json> answer, bool wrote);
  void Publish();
  void Stopped(const std::string& reason);
  Task<void> Release(bool write_under_way);
};

Task<void> LeaderElector::Impl::Run(std::shared_ptr<Impl> self) {
  LeaseMachine::Event event = LeaseMachine::Started{};
  bool writing = false;
  for (;;) {
    LeaseMachine::Action action = self->machine.Handle(event, Now());
    self->Publish();
    if (const auto* lost = std::get_if<LeaseMachine::Lost>(&action)) {
      self->Stopped(lost->reason);
      co_return;
    }
    writing = std::holds_alternative<LeaseMachine::Write>(action);
    auto next = co_await self->Perform(std::move(action));
    if (!next) break;
    event = *std::move(next);
  }
  // What follows belongs to stopping and must not be cancelled by it.
  co_await boost::asio::this_coro::reset_cancellation_state();
  co_await self->Release(writing);
}

auto LeaderElector::Impl::Perform(LeaseMachine::Action action) -> Task<Outcome> {
  if (auto* write = std::get_if<LeaseMachine::Write>(&action)) return Do(std::move(*write));
  if (const auto* read = std::get_if<LeaseMachine::Read>(&action)) return Do(*read);
  return Do(std::get<LeaseMachine::Wait>(action));
}

auto LeaderElector::Impl::Do(LeaseMachine::Wait action) -> Task<Outcome> {
  const bool slept = co_await net::SleepFor(action.delay);
  if (!slept) co_return std::nullopt;
  co_return LeaseMachine::Waited{};
}

auto LeaderElector::Impl::Do(LeaseMachine::Read action) -> Task<Outcome> {
  http::Request request;
  request.target = kLeases.Path(options.ns, options.name);
  auto answer = co_await Send(std::move(request), action.limit);
  co_return Judge(std::move(answer), false);
}

auto LeaderElector::Impl::Do(LeaseMachine::Write action) -> Task<Outcome> {
  const bool create = action.resource_version.empty();
  Json lease = create ? Json::object() : object;
  lease["apiVersion"] = kLeases.ApiVersion();
  lease["kind"] = kLeases.kind;
  lease["metadata"]["name"] = options.name;
  lease["metadata"]["namespace"] = options.ns;
  if (!create) lease["metadata"]["resourceVersion"] = action.resource_version;
  WriteSpec(action.record, lease["spec"]);
  http::Request request;
  request.method = create ? "POST" : "PUT";
  request.target = create ? kLeases.Path(options.ns) : kLeases.Path(options.ns, options.name);
  request.headers.Set("Content-Type", "application/json");
  request.body = lease.dump();
  auto answer = co_await Send(std::move(request), action.limit);
  co_return Judge(std::move(answer), true);
}

Task<Result<Json>> LeaderElector::Impl::Send(http::Request request, Duration limit) {
  request.headers.Set("Accept", "application/json");
  net::CallLimits limits;
  limits.timeout = limit;
  auto response = co_await client.Send(std::move(request), limits);
  if (!response) co_return std::unexpected(response.error());
  const auto fine = KubeClient::CheckStatus(*response);
  if (!fine) co_return std::unexpected(fine.error());
  Json json = Json::parse(response->body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("spec") || !json["spec"].is_object()) {
    co_return Fail(ErrorKind::kMalformed, "the answer is not a Lease");
  }
  co_return json;
}

auto LeaderElector::Impl::Judge(Result<Json> answer, bool wrote) -> Outcome {
  if (!answer) {
    const Error& error = answer.error();
    if (error.kind == ErrorKind::kCancelled) return std::nullopt;
    if (error.kind == ErrorKind::kNotFound && !wrote) return LeaseMachine::Missing{};
    // Two candidates that meet is the normal course of things.
    if (error.kind != ErrorKind::kConflict && error.kind != ErrorKind::kAlreadyExists) {
      log::Warning("lease cannot be read or written",
                   {{"lease", options.ns + "/" + options.name}, {"error", error.message}});
    }
    return LeaseMachine::Failed{error};
  }
  object = *std::move(answer);
  const auto meta = objects::ParseObjectMeta(object);
  if (!meta) return LeaseMachine::Failed{meta.error()};
  ObservedLease lease{ReadSpec(object["spec"]), meta->resource_version};
  if (wrote) return LeaseMachine::Written{std::move(lease)};
  return LeaseMachine::Found{std::move(lease)};
}

void LeaderElector::Impl::Publish() {
  const bool leads = machine.Leads(net::SteadyNow());
  {
    const std::lock_guard lock(mutex);
    renewed_at = machine.renewed_at();
    leading = leads;
  }
  if (!leads || std::exchange(led, true)) return;
  log::Info("leading", {{"lease", options.ns + "/" + options.name}, {"as", options.identity}});
  on_started();
}

void LeaderElector::Impl::Stopped(const std::string& reason) {
  {
    const std::lock_guard lock(mutex);
    leading = false;
  }
  if (!std::exchange(led, false)) return;
  log::Warning("no longer leading",
               {{"lease", options.ns + "/" + options.name}, {"reason", reason}});
  on_stopped(reason);
}

Task<void> LeaderElector::Impl::Release(bool write_under_way) {
  const auto release = machine.Release(Now());
  // Work ends before the lease is given away, so that never two lead.
  Stopped("stopping");
  if (!write_under_way) {
    if (!release) co_return;
    const auto given = co_await Do(*release);
    if (given && std::holds_alternative<LeaseMachine::Written>(*given)) co_return;
  }
  // A write that was under way, or one before whose answer was lost, may have arrived or not: we
  // hold a version that nobody has, or a lease that we do not know of. The others would wait for
  // its end.
  const LeaseMachine::Read again{options.timings.retry_period};
  const auto seen = co_await Do(again);
  if (!seen || !std::holds_alternative<LeaseMachine::Found>(*seen)) co_return;
  const auto ours = machine.Release(std::get<LeaseMachine::Found>(*seen).lease, Now());
  if (ours) co_await Do(*ours);
}

LeaderElector::LeaderElector(KubeClient& client, LeaderElectorOptions options)
    : impl_(std::make_shared<Impl>(client, std::move(options))) {}
LeaderElector::~LeaderElector() = default;

void LeaderElector::OnStarted(std::function<void()> handler) {
  impl_->on_started = std::move(handler);
}
void LeaderElector::OnStopped(std::function<void(const std::string&)> handler) {
  impl_->on_stopped = std::move(handler);
}

Task<void> LeaderElector::Run() { return Impl::Run(impl_); }

bool LeaderElector::Leads() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->leading && impl_->renewed_at &&
         net::SteadyNow() - *impl_->renewed_at < impl_->options.timings.renew_deadline;
}

std::optional<Duration> LeaderElector::LastRenewAge() const {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->renewed_at) return std::nullopt;
  return net::SteadyNow() - *impl_->renewed_at;
}

const std::string& LeaderElector::holder() const { return impl_->machine.holder(); }

}  // namespace mpl::client
