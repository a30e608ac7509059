// The pins of all nodes as this replica knows them, and the ConfigMap that replicas share
// (docs/design/0003-kubelet-pins.md).
//
// Memory is ahead of the ConfigMap: what was learned here counts at once and is written in the
// background. The first writer wins: after a conflict the stored pin replaces ours. Not
// thread-safe: lives on the scrape runtime.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "collector/trust/pin_book.h"
#include "kube/base/time.h"
#include "kube/client/kube_client.h"
#include "kube/net/runtime.h"

namespace mpl::scraper {

class PinKeeper {
 public:
  // A node's pin is another one than we thought: whoever is connected to it should ask again.
  using Changed = std::function<void(const std::string& node)>;

  explicit PinKeeper(net::Executor executor);

  void OnChanged(Changed changed) { changed_ = std::move(changed); }
  // Null when the node has none.
  const trust::Pin* Find(const std::string& node) const;
  void Remember(const std::string& node, trust::Pin pin);
  // The node is gone.
  void Drop(const std::string& node);
  // Pins of all other nodes are dropped. Call it only with a complete list.
  void Retain(const std::set<std::string>& nodes);
  // The ConfigMap as the informer saw it last.
  void Adopt(const objects::Json& config_map);

  // There is no ConfigMap (any more) in which they should be.
  void KeepInMemory();
  // Writes what is to be written, for ever, until the task is cancelled.
  net::Task<void> Run(client::KubeClient& client, objects::NamespacedName config_map);

  std::size_t size() const { return book_.size(); }
  // Why the ConfigMap does not hold what we know; empty when it does.
  const std::string& trouble() const { return trouble_; }

 private:
  objects::Json NextEntries() const;
  net::Task<Result<void>> Write(client::KubeClient& client, objects::NamespacedName config_map);

  net::Signal wake_;
  Changed changed_;
  trust::PinBook book_;
  // To be written: a pin, or nothing where it is to be removed.
  std::map<std::string, std::optional<trust::Pin>> pending_;
  std::set<std::string> stored_;  // nodes that the ConfigMap has an entry of
  std::string resource_version_;  // of the stored book that `book_` is based on; empty: not seen
  bool look_first_ = false;       // at what is stored: a write has failed
  bool in_memory_ = false;        // nothing is to be written
  std::string trouble_;
};

}  // namespace mpl::scraper
