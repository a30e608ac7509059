// Keeps a local copy of a set of objects in step with the API server.
//
// List, then watch (watch-list streaming where the server has it), for ever, with back-off; the
// decisions are machinery::Reflector's (pure), this is its driver. Runs on one runtime; the store
// (machinery::ObjectStore) may be read from any thread. Handlers are called on the runtime.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kube/client/kube_client.h"
#include "kube/machinery/object_store.h"
#include "kube/net/runtime.h"
#include "kube/objects/core_objects.h"

namespace mpl::client {

struct WatchScope {
  objects::Resource resource;
  std::string ns;              // empty: all namespaces
  std::string label_selector;  // as on the wire, not encoded
  std::string field_selector;
};

enum class Change { kAdded, kModified, kDeleted };

struct InformerStatus {
  bool synced = false;
  // Why list or watch does not work at the moment; empty while it does.
  std::string failure;
  ErrorKind failure_kind = ErrorKind::kInternal;  // where there is one
  MonoTime failing_since{};                       // likewise: since the first of a row of failures
};

// `T` is objects::MetaObject (metadata only), objects::NodeObject or objects::PodObject (what is
// kept of them), all protobuf on the wire, or objects::JsonObject.
template <class T>
class Informer {
 public:
  using Ptr = std::shared_ptr<const T>;
  // `before` is null for kAdded, `after` is null for kDeleted.
  using Handler = std::function<void(Change change, const Ptr& before, const Ptr& after)>;

  Informer(KubeClient& client, WatchScope scope);
  ~Informer();

  // Add before Run.
  void OnChange(Handler handler);
  // Called once when the first full list is in the store.
  void OnSynced(std::function<void()> handler);
  // Lists and watches until the task is cancelled (spawn it in a TaskGroup).
  Task<void> Run();

  const machinery::ObjectStore<T>& store() const;
  InformerStatus status() const;  // thread-safe

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

extern template class Informer<objects::MetaObject>;
extern template class Informer<objects::JsonObject>;
extern template class Informer<objects::NodeObject>;
extern template class Informer<objects::PodObject>;

}  // namespace mpl::client
