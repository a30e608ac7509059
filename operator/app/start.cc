#include "operator/app/start.h"

#include "kube/base/version.h"
#include "kube/client/event_recorder.h"
#include "kube/client/leader_elector.h"
#include "operator/app/health_server.h"
#include "operator/controller/controller.h"
#include "operator/pipeline/pipeline.h"
#include "operator/plan/own_pod.h"

namespace mpl::app {
namespace {

constexpr const char* kLeaseName = "metricspipeline-operator";
// Added to the lease's duration before a stuck renewal makes us not alive.
constexpr auto kLeaseGrace = std::chrono::seconds(10);
constexpr auto kReleaseGrace = std::chrono::seconds(6);

// Everything that runs, in the order of dependence.
class Process {
 public:
  Process(const Options& options, const Environment& environment,
          std::shared_ptr<client::RestConfig> config)
      : options_(options),
        pod_name_(environment("POD_NAME")),
        config_(std::move(config)),
        client_(runtime_.executor(), config_),
        // Its own: a busy controller must not hold up the Lease.
        lease_client_(runtime_.executor(), config_),
        events_(client_, "metricspipeline.dev/operator", options.identity),
        event_tasks_(runtime_.executor()),
        election_(runtime_.executor()),
        main_(runtime_.executor()) {}

  int Run() {
    runtime_.OnTerminate([this] { main_.Spawn("shutdown", ShutDown(0)); });
    main_.Spawn("begin", Begin());
    runtime_.Run();
    return exit_code_;
  }

 private:
  net::Task<void> Begin() {
    auto origin = co_await FindOrigin();
    if (!origin) {
      log::Failure("cannot start", {{"message", origin.error().message}});
      co_return End(1);
    }
    MakeController(*origin);
    AddChecks();
    health_server_ =
        MakeHealthServer(runtime_.executor(), options_.health_port, health_, registry_);
    if (auto started = health_server_->Start(); !started) {
      log::Failure("cannot start", {{"message", started.error().message}});
      co_return End(1);
    }
    log::Info("started", {{"version", kVersion},
                          {"namespace", options_.ns},
                          {"image", origin->image},
                          {"health_port", health_server_->port()}});
    controller_->Start();
    if (elector_) {
      election_.Spawn("leader election", elector_->Run());
    } else {
      controller_->Lead();
    }
  }

  net::Task<Result<plan::Origin>> FindOrigin() {
    plan::Origin origin{options_.image, {}};
    if (pod_name_.empty()) {
      if (!origin.image.empty()) co_return origin;
      co_return Fail(ErrorKind::kInvalid,
                     "--image: which image shall collectors run? Give it, or set POD_NAME and "
                     "POD_NAMESPACE so that this pod's own is taken");
    }
    const auto pod = co_await client_.Get(plan::Pods(), options_.ns, pod_name_);
    co_return plan::ReadOrigin(origin.image, pod);
  }

  void MakeController(const plan::Origin& origin) {
    if (options_.leader_elect) {
      client::LeaderElectorOptions election;
      election.ns = options_.ns;
      election.name = kLeaseName;
      election.identity = options_.identity;
      election.timings = options_.lease;
      elector_ = std::make_unique<client::LeaderElector>(lease_client_, std::move(election));
      elector_->OnStarted([this] { controller_->Lead(); });
      elector_->OnStopped([this](const std::string& reason) { OnLost(reason); });
    }
    controller::ControllerOptions options;
    options.identity = {options_.ns, origin.image, origin.pull_secrets, std::string(kVersion)};
    options.may_write = [this] { return !ending_ && (!elector_ || elector_->Leads()); };
    options.events = [this](const objects::Json& object, const plan::EventIntent& event) {
      RecordEvent(object, event);
    };
    controller_ = std::make_unique<controller::Controller>(runtime_.executor(), config_, client_,
                                                           registry_, std::move(options));
  }

  void AddChecks() {
    health_.readyz().Add({"watches", [this] { return controller_->Synced(); }});
    for (telemetry::HealthEndpoint* endpoint : {&health_.livez(), &health_.healthz()}) {
      endpoint->Add({"worker", [this] { return controller_->NotStuck(); }});
      endpoint->Add({"lease", [this] { return LeaseRenewed(); }});
    }
  }

  Result<void> LeaseRenewed() const {
    const auto age = elector_ ? elector_->LastRenewAge() : std::nullopt;
    if (!age || *age <= options_.lease.lease_duration + kLeaseGrace) return {};
    return Fail(ErrorKind::kTimeout, "the Lease has not been renewed for " +
                                         FormatGoDuration(*age) + ", but this process goes on");
  }

  void RecordEvent(const objects::Json& object, const plan::EventIntent& event) {
    const objects::Json metadata = object.value("metadata", objects::Json::object());
    client::ObjectReference regarding{std::string(pipeline::kApiVersion),
                                      std::string(pipeline::kKind), "", metadata.value("name", ""),
                                      metadata.value("uid", "")};
    client::EventText text{event.warning ? client::EventType::kWarning : client::EventType::kNormal,
                           event.reason, "Reconcile", event.note};
    event_tasks_.Spawn("event", events_.Record(std::move(regarding), std::move(text)));
  }

  // Another one may lead already: nothing more is written, not even politely.
  void OnLost(const std::string& reason) {
    if (ending_) return;
    log::Failure("leadership lost", {{"reason", reason}});
    ending_ = true;
    main_.Spawn("shutdown", ShutDown(1));
  }

  net::Task<void> ShutDown(int exit_code) {
    log::Info("terminating");
    ending_ = true;
    if (controller_) co_await controller_->Stop();
    co_await event_tasks_.Stop(std::chrono::milliseconds(200));
    co_await election_.Stop(kReleaseGrace);
    if (health_server_) co_await health_server_->Stop(std::chrono::milliseconds(100));
    End(exit_code);
  }

  void End(int exit_code) {
    ending_ = true;
    exit_code_ = exit_code;
    runtime_.Stop();
  }

  Options options_;
  std::string pod_name_;
  std::shared_ptr<client::RestConfig> config_;
  net::IoRuntime runtime_;
  metrics::Registry registry_;
  telemetry::HealthChecks health_;
  client::KubeClient client_, lease_client_;
  client::EventRecorder events_;
  std::unique_ptr<client::LeaderElector> elector_;
  std::unique_ptr<controller::Controller> controller_;
  std::unique_ptr<net::HttpServer> health_server_;
  net::TaskGroup event_tasks_, election_, main_;
  bool ending_ = false;
  int exit_code_ = 0;
};

}  // namespace

int Start(const Options& options, const Environment& environment) {
  log::Configure(options.log_level, options.log_format);
  auto config = client::LoadRestConfig(options.kubeconfig);
  if (!config) {
    log::Failure("cannot start", {{"message", config.error().message}});
    return 1;
  }
  (*config)->user_agent = client::UserAgent("metricspipeline-operator");
  Options complete = options;
  if (complete.ns.empty()) complete.ns = (*config)->default_namespace;
  Process process(complete, environment, *std::move(config));
  return process.Run();
}

}  // namespace mpl::app
