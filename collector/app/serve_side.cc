#include "collector/app/serve_side.h"

#include <algorithm>

#include "collector/app/data_check.h"
#include "collector/app/status.h"
#include "collector/discovery/target.h"
#include "collector/handlers/openapi_schemas.h"
#include "kube/base/version.h"
#include "kube/http/status_response.h"
#include "kube/telemetry/log.h"

namespace mpl::app {
namespace {

using objects::Json;

constexpr Duration kCertificateInterval = std::chrono::seconds(3);
constexpr Duration kDrainGrace = std::chrono::seconds(20);
constexpr const char* kMetricsPrefix = "metricspipeline";

// As metrics-server's histogram: 1 s × 1.364^i for i = 0 … 19.
std::vector<double> FreshnessBounds() {
  std::vector<double> bounds;
  double bound = 1;
  for (int i = 0; i < 20; ++i, bound *= 1.364) bounds.push_back(bound);
  return bounds;
}

Json Version() {
  return {
      {"major", "0"},          {"minor", "1"},       {"gitVersion", "v" + std::string(kVersion)},
      {"gitCommit", Commit()}, {"gitTreeState", ""}, {"buildDate", ""},
      {"goVersion", ""},       {"compiler", "gcc"},  {"platform", client::Platform()}};
}

apiserver::DelegatedAuthOptions AuthOptions(metrics::Registry& registry) {
  apiserver::DelegatedAuthOptions options;
  options.registry = &registry;
  options.metrics_prefix = kMetricsPrefix;
  return options;
}

template <class T>
Result<void> Synced(const client::Informer<T>& informer, const std::string& what) {
  const client::InformerStatus status = informer.status();
  if (status.synced) return {};
  return Fail(ErrorKind::kUnavailable,
              "the list of " + what + " has not come yet" +
                  (status.failure.empty() ? std::string() : ": " + status.failure));
}

}  // namespace

ServeSide::ServeSide(const Options& options, Shared& shared, const ScrapeSide& scrape,
                     std::shared_ptr<client::RestConfig> rest)
    : options_(options),
      shared_(shared),
      scrape_(scrape),
      started_at_(net::SystemNow()),
      client_(runtime_.executor(), std::move(rest)),
      certificate_(options.tls_cert_file, options.tls_key_file, options.replica),
      auth_(runtime_.executor(), client_, AuthOptions(shared.registry)),
      api_(Sources()),
      server_(runtime_.executor(), ServerOptions(), auth_, health_, shared.registry),
      tasks_(runtime_.executor()),
      stopper_(runtime_.executor()) {
  AddChecks();
  AddRoutes();
  shared_.registry.OnCollect([&registry = shared_.registry, &store = shared_.store] {
    const auto counts = store.counts();
    const std::string help = "Number of values that can be served";
    registry.GetGauge("metrics_server_storage_points", help, {{"type", "node"}})
        .Set(static_cast<double>(counts.node_values));
    registry.GetGauge("metrics_server_storage_points", help, {{"type", "container"}})
        .Set(static_cast<double>(counts.container_values));
  });
}

ServeSide::~ServeSide() = default;

apiserver::ApiServerOptions ServeSide::ServerOptions() {
  apiserver::ApiServerOptions options;
  options.listen.address = options_.bind_address;
  options.listen.port = options_.secure_port;
  options.listen.tls = [this] { return certificate_.context(); };
  options.listen.pieces = pieces_.executor();
  // Nothing that we serve reads a body; clients may send options along all the same.
  options.listen.body_limit_bytes = 64U << 10U;
  options.groups = handlers::MetricsApi::Groups();
  options.openapi = std::make_shared<const http::OpenApi>(handlers::MetricsOpenApi());
  options.version = Version();
  options.metrics_prefix = kMetricsPrefix;
  return options;
}

handlers::MetricsApi::Sources ServeSide::Sources() {
  handlers::MetricsApi::Sources sources;
  sources.nodes = &scrape_.nodes().store();
  sources.pods = &scrape_.pods().store();
  sources.metrics = &shared_.store;
  sources.steady_now = net::SteadyNow;
  sources.selected = [&shared = shared_](const objects::ObjectMeta& node) {
    return discovery::Selected(node, shared.config.Get()->config.scrape);
  };
  auto& freshness =
      shared_.registry.GetHistogram("metrics_server_api_metric_freshness_seconds",
                                    "Age of the values that were served", FreshnessBounds());
  sources.observe_ages = [&freshness](std::span<const Duration> ages) {
    static thread_local std::vector<double> seconds;
    seconds.clear();
    for (const Duration age : ages) seconds.push_back(std::chrono::duration<double>(age).count());
    freshness.ObserveAll(seconds);
  };
  return sources;
}

void ServeSide::AddRoutes() {
  const apiserver::Handler metrics = [this](const apiserver::RequestContext& context) {
    return api_.Answer(context.request, context.info, context.target, context.now);
  };
  for (const char* version : {"v1", "v1beta1"}) {
    server_.Handle({"GET"}, "/apis/metrics.k8s.io/" + std::string(version) + "/", metrics);
  }
  server_.Handle({"GET"}, "/status", [this](const apiserver::RequestContext&) { return Status(); });
}

http::Response ServeSide::Status() const {
  http::Response response;
  response.headers.Set("Content-Type", "application/json");
  response.body = handlers::WriteStatus(MakeStatus(shared_, options_.replica, started_at_));
  return response;
}

void ServeSide::AddChecks() {
  auto& ready = health_.readyz();
  ready.Add({"shutdown", [this] {
               return terminating_ ? Fail(ErrorKind::kUnavailable, "the process is terminating")
                                   : Result<void>();
             }});
  ready.Add({"authentication", [this] { return auth_.Healthy(); }});
  ready.Add({"configuration", [this]() -> Result<void> {
               const auto live = shared_.config.Get();
               if (live->in_force) return {};
               return Fail(ErrorKind::kUnavailable, live->last_error.empty()
                                                        ? "no configuration has been read yet"
                                                        : live->last_error);
             }});
  ready.Add({"informer-nodes", [this] { return Synced(scrape_.nodes(), "nodes"); }});
  ready.Add({"informer-pods", [this] { return Synced(scrape_.pods(), "pods"); }});
  ready.Add({"metrics", [this] { return HasData(); }});
}

Result<void> ServeSide::HasData() {
  if (had_data_) return {};
  const MonoTime now = net::SteadyNow();
  const auto live = shared_.config.Get();
  const auto known = scrape_.nodes().store().List();
  const auto scrapes = shared_.board.List();
  const auto counts = shared_.store.counts();
  DataState state;
  state.nodes_wanted =
      static_cast<std::size_t>(std::ranges::count_if(known, [&live](const auto& node) {
        return discovery::Selected(node->meta, live->config.scrape);
      }));
  state.nodes = scrapes;
  state.has_value = [this, now](const std::string& node) {
    return shared_.store.GetNode(node, now).has_value();
  };
  state.any_value = counts.node_values + counts.container_values > 0;
  if (state.any_value && !first_value_at_) first_value_at_ = now;
  // Not of containers: theirs come for some time after the first of a node.
  if (counts.node_values > most_node_values_) {
    most_node_values_ = counts.node_values;
    gained_at_ = now;
  }
  state.since_first_value = first_value_at_ ? now - *first_value_at_ : Duration(0);
  state.since_last_gain = now - gained_at_;
  auto checked = CheckData(state);
  had_data_ = checked.has_value() && state.any_value;
  return checked;
}

Result<void> ServeSide::Run() {
  if (auto loaded = certificate_.Load(); !loaded) return loaded;
  if (auto started = server_.Start(); !started) return started;
  pieces_.Start("lists");
  log::Info("serving", {{"address", options_.bind_address},
                        {"port", server_.port()},
                        {"version", kVersion},
                        {"replica", options_.replica}});
  runtime_.OnTerminate([this] {
    if (!std::exchange(terminating_, true)) stopper_.Spawn("shut down", ShutDown());
  });
  tasks_.Spawn("authentication settings", auth_.Run());
  tasks_.Spawn("serving certificate", certificate_.Watch(kCertificateInterval));
  runtime_.Run();
  return {};
}

net::Task<void> ServeSide::ShutDown() {
  log::Info("terminating", {{"servingOnFor", FormatGoDuration(options_.shutdown_delay)}});
  server_.StartDraining();
  co_await net::SleepFor(options_.shutdown_delay);
  co_await server_.Stop(kDrainGrace);
  co_await auth_.Stop();
  co_await tasks_.Stop(kStopGrace);
  runtime_.Stop();
}

}  // namespace mpl::app
