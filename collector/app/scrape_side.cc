#include "collector/app/scrape_side.h"

#include <algorithm>
#include <set>

#include "collector/discovery/target.h"
#include "kube/telemetry/log.h"

namespace mpl::app {
namespace {

using objects::JsonObject;
using objects::NodeObject;
using objects::PodObject;
using NodePtr = std::shared_ptr<const NodeObject>;
using PodPtr = std::shared_ptr<const PodObject>;

const objects::Resource kNodes{"", "v1", "nodes", "Node", false};
const objects::Resource kPods{"", "v1", "pods", "Pod", true};

// Answers of a burst come one by one within milliseconds, and nobody waits for the single one.
// Measured with 2,000 kubelets: an eighth less CPU.
constexpr Duration kPause = std::chrono::milliseconds(2);
// Where there are more threads than processors, a reader does not wait for a burst of scrapes; if
// readers want all of the processor, a quarter of it is left for scrapes.
constexpr int kNiceness = 5;
constexpr Duration kFileInterval = std::chrono::seconds(2);
constexpr Duration kTrustInterval = std::chrono::seconds(10);
constexpr Duration kLongestPreparation = std::chrono::seconds(10);

client::WatchScope Everywhere(const objects::Resource& resource) {
  client::WatchScope scope;
  scope.resource = resource;
  return scope;
}

client::WatchScope RunningPods() {
  client::WatchScope scope = Everywhere(kPods);
  scope.field_selector = "status.phase=Running";
  return scope;
}

client::WatchScope OneConfigMap(const objects::NamespacedName& name) {
  client::WatchScope scope = Everywhere(kConfigMaps);
  scope.ns = name.ns;
  scope.field_selector = "metadata.name=" + name.name;
  return scope;
}

trust::TrustMode ModeOf(config::KubeletTlsMode mode) {
  switch (mode) {
    case config::KubeletTlsMode::kAuto:
      return trust::TrustMode::kAuto;
    case config::KubeletTlsMode::kClusterCa:
      return trust::TrustMode::kClusterCa;
    case config::KubeletTlsMode::kCustomCa:
      return trust::TrustMode::kCustomCa;
    case config::KubeletTlsMode::kInsecure:
      break;
  }
  return trust::TrustMode::kInsecure;
}

void ConfigureLog(const config::CollectorConfig& config) {
  const auto level = log::ParseLevel(config.log_level);
  const auto format = log::ParseFormat(config.log_format);
  if (level && format) log::Configure(*level, *format);
}

bool SameRoots(const std::vector<x509::Certificate>& a, const std::vector<x509::Certificate>& b) {
  return std::ranges::equal(
      a, b, [](const auto& one, const auto& other) { return one.sha256() == other.sha256(); });
}

// Takes its time to end what a change of configuration made superfluous.
template <class Part>
net::Task<void> Retire(std::unique_ptr<Part> part) {
  co_await part->tasks.Stop(kStopGrace);
}

}  // namespace

class ScrapeSide::CurrentToken : public client::TokenSource {
 public:
  Result<std::string> Token(MonoTime now) override {
    return silent || source == nullptr ? Result<std::string>(std::string()) : source->Token(now);
  }
  void Invalidate() override {
    if (source != nullptr) source->Invalidate();
  }
  void Revoked() override {
    if (source != nullptr) source->Revoked();
  }
  client::TokenSource* source = nullptr;
  bool silent = false;  // a certificate says who we are
};

struct ScrapeSide::Identity {
  Identity(const net::Executor& executor, const objects::NamespacedName& name)
      : account(name), token(executor, name), tasks(executor) {}
  objects::NamespacedName account;
  scraper::ScrapeToken token;
  net::TaskGroup tasks;
};

struct ScrapeSide::PinWatch {
  PinWatch(const net::Executor& executor, client::KubeClient& client,
           const objects::NamespacedName& where)
      : name(where), informer(client, OneConfigMap(where)), tasks(executor) {}
  objects::NamespacedName name;
  client::Informer<JsonObject> informer;
  net::TaskGroup tasks;
};

ScrapeSide::ScrapeSide(const Options& options, Shared& shared,
                       std::shared_ptr<client::RestConfig> rest)
    : options_(options),
      shared_(shared),
      rest_(std::move(rest)),
      client_(runtime_.executor(), rest_),
      nodes_(client_, Everywhere(kNodes)),
      pods_(client_, RunningPods()),
      config_(shared_.config, [this] { Apply(); }),
      pins_(runtime_.executor()),
      token_(std::make_unique<CurrentToken>()),
      kubelet_client_(options_.kubelet_client_cert_file, options_.kubelet_client_key_file),
      tasks_(runtime_.executor()),
      stopper_(runtime_.executor()) {
  nodes_.OnChange([this](client::Change, const NodePtr& before, const NodePtr& after) {
    OnNode(before, after);
  });
  pods_.OnChange(
      [this](client::Change, const PodPtr& before, const PodPtr& after) { OnPod(before, after); });
  nodes_.OnSynced([this] {
    nodes_synced_ = true;
    Offer(nodes_.store().List());
    RetainPins();
  });
  pins_.OnChanged([this](const std::string& node) {
    if (scraper_) scraper_->Reconnect(node);
  });
}

ScrapeSide::~ScrapeSide() { Stop(); }

void ScrapeSide::Start() {
  started_ = true;
  runtime_.Post([this] { Launch(); });
  runtime_.Start("scrape", kPause, kNiceness);
}

void ScrapeSide::Stop() {
  if (!std::exchange(started_, false)) return;
  runtime_.Post([this] { stopper_.Spawn("stop", StopAll()); });
  runtime_.Join();
}

net::Task<void> ScrapeSide::StopAll() {
  co_await tasks_.Stop(kStopGrace);
  if (identity_) co_await identity_->tasks.Stop(kStopGrace);
  if (pin_watch_) co_await pin_watch_->tasks.Stop(kStopGrace);
  runtime_.Stop();
}

void ScrapeSide::Launch() {
  TakeUpKubeletClient();
  tasks_.Spawn("nodes", nodes_.Run());
  tasks_.Spawn("pods", pods_.Run());
  tasks_.Spawn("trust", WatchTrust());
  if (!options_.config_map.name.empty()) {
    tasks_.Spawn("configuration", config_.WatchConfigMap(client_, options_.config_map));
  } else if (!options_.config_file.empty()) {
    tasks_.Spawn("configuration", config_.WatchFile(options_.config_file, kFileInterval));
  } else {
    config_.UseDefaults();
  }
}

bool ScrapeSide::TakeUpKubeletClient() {
  const auto loaded = kubelet_client_.Load();
  const std::string trouble = loaded ? "" : loaded.error().message;
  if (trouble != kubelet_client_trouble_ && !trouble.empty()) {
    log::Warning(kubelet_client_.pair() ? "kubelet client certificate kept"
                                        : "kubelets are shown a token, for want of a certificate",
                 {{"reason", trouble}});
  }
  kubelet_client_trouble_ = trouble;
  token_->silent = kubelet_client_.pair().has_value();
  return loaded.value_or(false);
}

// The authorities may be replaced while we run (a kubeconfig or the mounted CA changes).
net::Task<void> ScrapeSide::WatchTrust() {
  for (;;) {
    bool changed = false;
    Result<std::shared_ptr<const net::TlsClientContext>> context =
        rest_->tls_context ? rest_->tls_context(net::SteadyNow()) : nullptr;
    if (!context) {
      log::Warning("cluster authorities kept", {{"reason", context.error().message}});
    } else if (*context != nullptr) {
      const auto& certificate = (*context)->options().client_certificate;
      const bool same =
          SameRoots(cluster_roots_, (*context)->roots()) && certificate == client_certificate_;
      cluster_roots_ = (*context)->roots();
      client_certificate_ = certificate;
      changed = !same;
    }
    changed = TakeUpKubeletClient() || changed;
    if (changed && scraper_) Apply();
    shared_.pin_trouble.Set(pins_.trouble());
    const bool slept = co_await net::SleepFor(kTrustInterval);
    if (!slept) co_return;
  }
}

void ScrapeSide::Apply() {
  const auto live = shared_.config.Get();
  if (!live->in_force) return;
  ConfigureLog(live->config);
  ApplyIdentity(live->config);
  ApplyPins(live->config);
  scraper::ScraperSettings settings = MakeSettings(live->config);
  if (scraper_) {
    scraper_->Configure(std::move(settings));
  } else {
    const scraper::ScraperParts parts{shared_.store, shared_.board, shared_.registry, pins_,
                                      token_.get()};
    scraper_ = std::make_unique<scraper::Scraper>(runtime_.executor(), parts, std::move(settings));
    tasks_.Spawn("scraper", RunScraper());
  }
  Offer(nodes_.store().List());
}

bool ScrapeSide::MayScrape() const {
  if (pin_watch_ && !pin_watch_->informer.status().synced) return false;
  return !identity_ || identity_->token.Token(net::SteadyNow()).has_value();
}

bool ScrapeSide::MayGetPins() const {
  if (!pin_watch_) return false;
  const client::InformerStatus status = pin_watch_->informer.status();
  const bool refused = !status.failure.empty() && (status.failure_kind == ErrorKind::kForbidden ||
                                                   status.failure_kind == ErrorKind::kNotFound);
  return !status.synced && !refused;
}

// Without the stored pins every kubelet would be a first contact again, and trusted: they are
// waited for as long as kube-apiserver is only late. Where it will not give them, they are kept in
// memory only, which /status reports.
net::Task<void> ScrapeSide::RunScraper() {
  const MonoTime deadline = net::SteadyNow() + kLongestPreparation;
  bool late = false;
  while (!MayScrape() && (MayGetPins() || net::SteadyNow() < deadline)) {
    if (net::SteadyNow() > deadline && !std::exchange(late, true)) {
      log::Warning("scraping waits for the stored pins",
                   {{"reason", pin_watch_->informer.status().failure}});
    }
    const bool slept = co_await net::SleepFor(std::chrono::milliseconds(20));
    if (!slept) co_return;
  }
  if (!MayScrape()) log::Warning("scraping begins without stored pins or without a token");
  co_await scraper_->Run();
}

scraper::ScraperSettings ScrapeSide::MakeSettings(const config::CollectorConfig& config) const {
  scraper::ScraperSettings settings;
  settings.resolution = config.scrape.resolution;
  settings.max_concurrency = config.scrape.max_concurrency;
  scraper::LinkPolicy& link = settings.link;
  link.rules.mode = ModeOf(config.kubelet_tls.mode);
  link.rules.roots = cluster_roots_;
  if (config.kubelet_tls.mode == config::KubeletTlsMode::kCustomCa) {
    link.rules.roots = x509::ParsePemCertificates(config.kubelet_tls.ca_bundle_pem)
                           .value_or(std::vector<x509::Certificate>());
  }
  link.timeout = config.scrape.timeout;
  link.gzip = config.scrape.compression == config::Compression::kGzip;
  link.user_agent = client::UserAgent("metricspipeline-collector");
  // Run by hand: as whoever the kubeconfig says.
  if (kubelet_client_.pair()) {
    link.client_certificate = kubelet_client_.pair();
  } else if (!config.scrape_identity && rest_->token == nullptr) {
    link.client_certificate = client_certificate_;
  }
  return settings;
}

void ScrapeSide::ApplyIdentity(const config::CollectorConfig& config) {
  const bool same = config.scrape_identity.has_value() == (identity_ != nullptr) &&
                    (!identity_ || identity_->account == *config.scrape_identity);
  if (same && identity_) return;
  if (identity_) tasks_.Spawn("retire identity", Retire(std::move(identity_)));
  if (!config.scrape_identity) {
    token_->source = rest_->token.get();
    return;
  }
  identity_ = std::make_unique<Identity>(runtime_.executor(), *config.scrape_identity);
  token_->source = &identity_->token;
  identity_->token.OnRenewed([this] {
    if (scraper_) scraper_->TokenRenewed();
  });
  identity_->tasks.Spawn("scrape token", identity_->token.Run(client_));
}

void ScrapeSide::ApplyPins(const config::CollectorConfig& config) {
  if (pin_watch_ && config.pins && pin_watch_->name == *config.pins) return;
  if (pin_watch_) tasks_.Spawn("retire pins", Retire(std::move(pin_watch_)));
  if (!config.pins) return pins_.KeepInMemory();
  pin_watch_ = std::make_unique<PinWatch>(runtime_.executor(), client_, *config.pins);
  using MapPtr = std::shared_ptr<const JsonObject>;
  pin_watch_->informer.OnChange([this](client::Change, const MapPtr&, const MapPtr& after) {
    if (after) pins_.Adopt(after->json);
  });
  // Nodes may have gone while nobody was there to notice.
  pin_watch_->informer.OnSynced([this] { RetainPins(); });
  pin_watch_->tasks.Spawn("watch pins", pin_watch_->informer.Run());
  pin_watch_->tasks.Spawn("write pins", pins_.Run(client_, *config.pins));
}

void ScrapeSide::Offer(std::span<const NodePtr> nodes) {
  if (!scraper_ || !nodes_synced_) return;  // those of the first list come together
  const auto live = shared_.config.Get();
  std::vector<discovery::ScrapeTarget> targets;
  for (const NodePtr& node : nodes) {
    if (discovery::Selected(node->meta, live->config.scrape)) {
      targets.push_back(discovery::MakeTarget(*node, live->config.scrape));
    } else {
      scraper_->Remove(node->meta.name);
    }
  }
  scraper_->Upsert(targets);
}

void ScrapeSide::OnNode(const NodePtr& before, const NodePtr& after) {
  if (after == nullptr) {
    if (scraper_) scraper_->Remove(before->meta.name);
    pins_.Drop(before->meta.name);
    return;
  }
  Offer({&after, 1});
}

// Another pod under the same name (of a StatefulSet) starts from nothing.
void ScrapeSide::OnPod(const PodPtr& before, const PodPtr& after) {
  if (before == nullptr) return;
  const bool same = after != nullptr && before->node_name == after->node_name &&
                    before->meta.creation_timestamp == after->meta.creation_timestamp;
  if (!same) shared_.store.ForgetPod(before->node_name, before->meta.ns, before->meta.name);
}

void ScrapeSide::RetainPins() {
  if (!nodes_synced_) return;
  std::set<std::string> names;
  for (const NodePtr& node : nodes_.store().List()) names.insert(node->meta.name);
  pins_.Retain(names);
}

}  // namespace mpl::app
