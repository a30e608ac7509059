// Tells people what happened to an object, as events.k8s.io/v1 Events: one per reason and object in
// ten minutes, with a count of its repeats (machinery::EventSeries).
//
// Not thread-safe: lives on the client's runtime. An Event that cannot be written is logged and
// forgotten: nothing may depend on it.
#pragma once

#include <memory>
#include <string>

#include "kube/client/kube_client.h"
#include "kube/machinery/event_series.h"

namespace mpl::client {

struct ObjectReference {
  std::string api_version;
  std::string kind;
  std::string ns;  // empty: cluster-scoped; its Events stand in the namespace "default"
  std::string name;
  std::string uid;
};

enum class EventType { kNormal, kWarning };

struct EventText {
  EventType type = EventType::kNormal;
  std::string reason;  // "CertificateRotated", at most 128 bytes
  std::string action;  // what was done or tried: "Rotate", at most 128 bytes
  std::string note;    // a sentence; cut at 1024 bytes
};

class EventRecorder {
 public:
  // `controller`: a qualified name, "metricspipeline.dev/operator". `instance`: the pod.
  EventRecorder(KubeClient& client, std::string controller, const std::string& instance);

  // Returns when the Event is written or given up.
  Task<void> Record(ObjectReference regarding, EventText text);

 private:
  Task<void> WriteNew(std::string key, ObjectReference regarding, EventText text);
  Task<void> WriteCount(std::string ns, std::string event_name, int count);

  KubeClient& client_;
  std::string controller_;
  std::string instance_;
  machinery::EventSeries series_;
};

}  // namespace mpl::client
