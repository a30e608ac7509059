// A store and the objects beside it as they are after two scrapes of every node: what the writers
// of lists work on.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "bench/workload/exposition.h"
#include "collector/handlers/metrics_api.h"
#include "collector/parse/exposition.h"

namespace mpl::bench {

inline TimePoint ScrapeTime(std::int64_t scrape) {
  return TimePoint(std::chrono::milliseconds(1'795'251'243'000)) +
         std::chrono::seconds(15 * scrape);
}
inline MonoTime ScrapeMoment(std::int64_t scrape) {
  return MonoTime(std::chrono::seconds(15 * scrape));
}

struct FullCluster {
  ClusterShape shape;
  handlers::NodeObjects nodes;
  handlers::PodObjects pods;
  store::MetricStore metrics{std::chrono::seconds(15)};

  explicit FullCluster(const ClusterShape& of) : shape(of) {
    for (std::int64_t scrape = 1; scrape <= 2; ++scrape) Scrape(scrape);
    for (int node = 0; node < shape.nodes; ++node) {
      for (int slot = 0; slot < shape.pods; ++slot) pods.Put(Object(node, slot));
    }
  }

  void Scrape(std::int64_t scrape) {
    for (int node = 0; node < shape.nodes; ++node) {
      const std::string body = KubeletBody(node, shape, scrape);
      metrics.Commit(NodeName(node), parser_.Parse(body, ScrapeTime(scrape)).batch,
                     ScrapeMoment(scrape));
    }
  }

  // The list of all pods in the representation that `accept` asks for: its size, and the bytes
  // themselves where wanted.
  std::size_t ListAll(const char* accept, std::string* copy = nullptr) const {
    const handlers::MetricsApi api(
        {.nodes = &nodes, .pods = &pods, .metrics = &metrics, .steady_now = [] {
           return ScrapeMoment(2);
         }});
    http::Request request;
    request.target = "/apis/metrics.k8s.io/v1beta1/pods";
    request.headers.Add("Accept", accept);
    const auto target = http::ParseTarget(request.target);
    const http::RequestInfo info = http::MakeRequestInfo(request.method, *target);
    http::Response response = api.Answer(request, info, *target, ScrapeTime(2));
    std::string chunk = std::move(response.body);
    std::size_t size = chunk.size();
    if (copy != nullptr) *copy += chunk;
    for (bool more = response.next_chunk != nullptr; more;) {
      chunk.clear();
      more = response.next_chunk(chunk);
      size += chunk.size();
      if (copy != nullptr) *copy += chunk;
    }
    return size;
  }

 private:
  static std::shared_ptr<const objects::PodObject> Object(int node, int slot) {
    auto object = std::make_shared<objects::PodObject>();
    objects::ObjectMeta meta;
    meta.ns = NamespaceOf(node, slot);
    meta.name = PodName({node, slot});
    meta.labels = {{"app", WorkloadName(slot)}, {"pod-template-hash", "6f7c9d8b5"}};
    object->meta = objects::PodMeta(std::move(meta));
    object->node_name = objects::Shared(NodeName(node));
    return object;
  }

  parse::ExpositionParser parser_;
};

}  // namespace mpl::bench
