// Takes the configuration in as it changes: from a ConfigMap, a file, or not at all.
//
// A document that is refused changes nothing but `last_error`. Not thread-safe: lives on the scrape
// runtime; the result is a Snapshot for all.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "collector/app/shared.h"
#include "kube/client/informer.h"
#include "kube/client/kube_client.h"
#include "kube/net/runtime.h"

namespace mpl::app {

inline const objects::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};

class ConfigSource {
 public:
  // `changed` is called whenever another configuration has come into force.
  ConfigSource(Snapshot<LiveConfig>& live, std::function<void()> changed)
      : live_(live), changed_(std::move(changed)) {}

  // `where` names the document's place in messages.
  void Offer(const std::string& document, const std::string& where);
  // There is no document there; what is in force stays.
  void Miss(const std::string& why);
  void UseDefaults();

  // All run until the task is cancelled.
  net::Task<void> WatchFile(std::string path, Duration interval);
  net::Task<void> WatchConfigMap(client::KubeClient& client, objects::NamespacedName name);

 private:
  void Refuse(std::string why);

  Snapshot<LiveConfig>& live_;
  std::function<void()> changed_;
  std::unique_ptr<client::Informer<objects::JsonObject>> informer_;
};

}  // namespace mpl::app
