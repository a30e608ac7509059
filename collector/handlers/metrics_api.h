// Answers metrics.k8s.io v1 and v1beta1: nodes and pods, get and list.
//
// Which objects there are, and their labels, comes from the informers; their usage from the store.
// Objects without usage are absent from lists. Shapes, texts and order are metrics-server's; errors
// are metav1.Status. Answers are written in the representation that the client accepts
// (representation.h), straight away: no DOM but for YAML, and a list never stands in memory whole.
// Thread-safe; reads no clock.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "collector/store/metric_store.h"
#include "kube/base/time.h"
#include "kube/http/discovery.h"
#include "kube/http/message.h"
#include "kube/http/request_info.h"
#include "kube/http/url.h"
#include "kube/machinery/object_store.h"
#include "kube/objects/core_objects.h"

namespace mpl::handlers {

using NodeObjects = machinery::ObjectStore<objects::NodeObject>;
using PodObjects = machinery::ObjectStore<objects::PodObject>;  // in phase Running

// When a request is answered, by both clocks: lives of values are counted by `steady`, ages of
// samples and creationTimestamps by `wall`, which may jump.
struct Moment {
  TimePoint wall{};
  MonoTime steady{};
};

class MetricsApi {
 public:
  struct Sources {
    const NodeObjects* nodes = nullptr;
    const PodObjects* pods = nullptr;
    const store::MetricStore* metrics = nullptr;
    // The second half of a Moment; `now` below is the first.
    std::function<MonoTime()> steady_now = {};
    // Whether a node is scraped at all: others are absent. Empty: every node is.
    std::function<bool(const objects::ObjectMeta& node)> selected = {};
    // Called with the ages of the samples of objects that are served (for the freshness histogram).
    std::function<void(std::span<const Duration> ages)> observe_ages = {};
  };
  // Everything in `sources` must outlive the API and the answers it gave.
  explicit MetricsApi(Sources sources);

  // For requests below /apis/metrics.k8s.io/v1 and /v1beta1 that name a resource. `now` is the wall
  // time: of the items' creationTimestamp, and what ages are measured from.
  http::Response Answer(const http::Request& request, const http::RequestInfo& info,
                        const http::Target& target, TimePoint now) const;

  // The groups for http::Discovery, v1 first: kubectl 1.37 prefers it.
  static std::vector<http::DiscoveryGroup> Groups();

 private:
  Sources sources_;
};

}  // namespace mpl::handlers
