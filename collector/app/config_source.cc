#include "collector/app/config_source.h"

#include "kube/client/read_file.h"
#include "kube/telemetry/log.h"

namespace mpl::app {
namespace {

using objects::JsonObject;
using ObjectPtr = std::shared_ptr<const JsonObject>;

}  // namespace

void ConfigSource::Refuse(std::string why) {
  LiveConfig live = *live_.Get();
  if (live.last_error == why) return;
  log::Warning("configuration refused", {{"reason", why}, {"inForce", live.hash}});
  live.last_error = std::move(why);
  live_.Set(std::move(live));
}

void ConfigSource::Offer(const std::string& document, const std::string& where) {
  const std::string hash = config::ConfigHash(document);
  LiveConfig live = *live_.Get();
  if (live.in_force && live.hash == hash) {
    if (live.last_error.empty()) return;
    live.last_error.clear();
    live_.Set(std::move(live));
    return;
  }
  auto parsed = config::ParseConfig(document);
  if (!parsed) return Refuse(where + " (" + hash + "): " + config::Describe(parsed.error()));
  log::Info("configuration in force", {{"from", where}, {"hash", hash}});
  live_.Set(LiveConfig{.in_force = true, .config = *std::move(parsed), .hash = hash});
  changed_();
}

void ConfigSource::Miss(const std::string& why) { Refuse(why); }

void ConfigSource::UseDefaults() {
  live_.Set(LiveConfig{.in_force = true});
  changed_();
}

net::Task<void> ConfigSource::WatchFile(std::string path, Duration interval) {
  std::optional<client::FileStamp> read;
  for (;;) {
    const auto stamp = client::StampOf(path, net::SystemNow());
    if (!stamp || stamp != read) {
      read = stamp;
      const auto document = client::ReadFile(path);
      if (document) {
        Offer(*document, path);
      } else {
        read.reset();
        Miss(document.error().message);
      }
    }
    const bool slept = co_await net::SleepFor(interval);
    if (!slept) co_return;
  }
}

net::Task<void> ConfigSource::WatchConfigMap(client::KubeClient& client,
                                             objects::NamespacedName name) {
  client::WatchScope scope;
  scope.resource = kConfigMaps;
  scope.ns = name.ns;
  scope.field_selector = "metadata.name=" + name.name;
  informer_ = std::make_unique<client::Informer<JsonObject>>(client, scope);
  const std::string where = "ConfigMap " + name.ToString();
  informer_->OnChange([this, where](client::Change, const ObjectPtr&, const ObjectPtr& after) {
    if (after == nullptr) return Miss(where + " was deleted: create it again");
    const auto data = after->json.find("data");
    const std::string key(config::kConfigMapKey);
    if (data == after->json.end() || !data->contains(key) || !data->at(key).is_string()) {
      return Miss(where + " has no key " + key);
    }
    Offer(data->at(key).get<std::string>(), where);
  });
  informer_->OnSynced([this, where] {
    if (informer_->store().size() == 0) Miss(where + " does not exist: create it");
  });
  co_await informer_->Run();
}

}  // namespace mpl::app
