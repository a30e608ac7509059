#include "collector/handlers/metrics_api.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "collector/handlers/items.h"
#include "collector/handlers/list_options.h"
#include "kube/http/negotiate.h"
#include "kube/http/status_response.h"

namespace mpl::handlers {
namespace {

using http::Request;
using http::RequestInfo;
using http::Response;
using http::Target;

constexpr std::string_view kGroup = "metrics.k8s.io";
// A piece of a long list: bounds what one slow reader costs.
constexpr std::size_t kPieceBytes = 192U << 10U;

Response OkResponse() {
  Response response;
  response.headers.Add("Content-Type", "application/json");
  return response;
}

Response NotFound(std::string what, std::string name, std::string group, std::string kind) {
  objects::StatusDetails details;
  details.name = name;
  details.group = std::move(group);
  details.kind = std::move(kind);
  return http::StatusResponse(
      {.kind = ErrorKind::kNotFound, .message = std::move(what) + " \"" + name + "\" not found"},
      details);
}

// One of the two resources: how to find its objects and their usage. `Stored` is the informer's
// type, `Ptr` to usage is null when absent.
struct Nodes {
  using Stored = objects::NodeObject;
  static constexpr std::string_view kKind = "NodeMetrics";
  static constexpr std::string_view kListKind = "NodeMetricsList";

  static bool Wanted(const MetricsApi::Sources& sources, const Stored& object) {
    return !sources.selected || sources.selected(object.meta);
  }
  static std::optional<store::NodeUsage> Usage(const MetricsApi::Sources& sources,
                                               const Stored& object) {
    return sources.metrics->GetNode(object.meta.name, sources.steady_now());
  }
  static void Append(std::string& out, const TypeMeta& type, const Stored& object,
                     const std::optional<store::NodeUsage>& usage, std::string_view created) {
    AppendNodeMetrics(out, type, object.meta, *usage, created);
  }
  // Two texts, as with metrics-server: no such node, and a node without metrics.
  static Response NoObject(const std::string&, const std::string& name) {
    return NotFound("node", name, "", "node");
  }
  static Response NoMetrics(const std::string&, const std::string& name) {
    return NotFound("nodemetrics.metrics.k8s.io", name, std::string(kGroup), "nodemetrics");
  }
};

struct Pods {
  using Stored = objects::PodObject;
  static constexpr std::string_view kKind = "PodMetrics";
  static constexpr std::string_view kListKind = "PodMetricsList";

  static bool Wanted(const MetricsApi::Sources&, const Stored&) { return true; }
  static std::shared_ptr<const store::PodUsage> Usage(const MetricsApi::Sources& sources,
                                                      const Stored& object) {
    return sources.metrics->GetPod({.node = object.node_name,
                                    .ns = object.meta.ns,
                                    .name = object.meta.name,
                                    .running = object.running},
                                   sources.steady_now());
  }
  static void Append(std::string& out, const TypeMeta& type, const Stored& object,
                     const std::shared_ptr<const store::PodUsage>& usage,
                     std::string_view created) {
    AppendPodMetrics(out, type, object.meta, *usage, created);
  }
  static Response NoObject(const std::string&, const std::string& name) {
    return NotFound("pods", name, "", "pods");
  }
  static Response NoMetrics(const std::string& ns, const std::string& name) {
    return NotFound("podmetrics.metrics.k8s.io", ns + "/" + name, std::string(kGroup),
                    "podmetrics");
  }
};

template <class Kind>
Response AnswerGet(const MetricsApi::Sources& sources, const RequestInfo& info, TimePoint now,
                   const std::shared_ptr<const typename Kind::Stored>& object) {
  if (object == nullptr) return Kind::NoObject(info.ns, info.name);
  if (!Kind::Wanted(sources, *object)) return Kind::NoMetrics(info.ns, info.name);
  const auto usage = Kind::Usage(sources, *object);
  if (!usage) return Kind::NoMetrics(info.ns, info.name);
  if (sources.observe_age) sources.observe_age(now - usage->timestamp);
  Response response = OkResponse();
  Kind::Append(response.body, {.kind = Kind::kKind, .version = info.version}, *object, usage,
               FormatRfc3339(now));
  response.body += '\n';
  return response;
}

// A list that is being written, piece by piece. Holds the objects as they were when it was asked
// for; usage is read when its turn comes.
template <class Kind>
struct Listing {
  MetricsApi::Sources sources;
  ListOptions options;
  std::string version;
  TimePoint now;
  std::string created;
  std::vector<std::shared_ptr<const typename Kind::Stored>> objects;
  std::size_t next = 0;
  bool begun = false;
  bool any = false;
  bool ended = false;

  // False at the end.
  bool Fill(std::string& piece) {
    if (ended) return false;
    if (!begun) AppendListHead(piece, {.kind = Kind::kListKind, .version = version});
    begun = true;
    while (next < objects.size() && piece.size() < kPieceBytes) {
      // Let go of each as it is done: a slow reader must not hold on to a cluster of old objects.
      Take(*std::exchange(objects[next], nullptr), piece);
      ++next;
    }
    if (next == objects.size()) {
      piece += "]}\n";
      ended = true;
    }
    return true;
  }

  void Take(const typename Kind::Stored& object, std::string& piece) {
    if (!options.Match(object.meta) || !Kind::Wanted(sources, object)) return;
    const auto usage = Kind::Usage(sources, object);
    if (!usage) return;
    if (sources.observe_age) sources.observe_age(now - usage->timestamp);
    if (any) piece += ',';
    any = true;
    Kind::Append(piece, {}, object, usage, created);
  }
};

template <class Kind>
Response AnswerList(const MetricsApi::Sources& sources, const RequestInfo& info,
                    ListOptions options, TimePoint now,
                    std::vector<std::shared_ptr<const typename Kind::Stored>> objects) {
  auto listing = std::make_shared<Listing<Kind>>();
  listing->sources = sources;
  listing->options = std::move(options);
  listing->version = info.version;
  listing->now = now;
  listing->created = FormatRfc3339(now);
  listing->objects = std::move(objects);
  Response response = OkResponse();
  listing->Fill(response.body);
  if (listing->ended) return response;
  // Too long for one piece: the first waits in the list's closure.
  response.next_chunk = [listing,
                         first = std::exchange(response.body, {})](std::string& chunk) mutable {
    if (!first.empty()) {
      chunk = std::exchange(first, {});
      return true;
    }
    return listing->Fill(chunk);
  };
  return response;
}

Response WatchNotSupported(const RequestInfo& info) {
  objects::StatusDetails details;
  details.group = info.group;
  details.kind = info.resource;
  return http::StatusResponse({.kind = ErrorKind::kMethodNotAllowed,
                               .message = "watch is not supported on resources of kind \"" +
                                          info.QualifiedResource() + "\""},
                              details);
}

bool Serves(const RequestInfo& info) {
  if (info.group != kGroup || (info.version != "v1" && info.version != "v1beta1")) return false;
  if (!info.subresource.empty() || info.parts.size() > 2) return false;
  if (info.resource == "nodes") return info.ns.empty();
  const bool named = info.parts.size() == 2;
  return info.resource == "pods" && (!named || !info.ns.empty());
}

}  // namespace

MetricsApi::MetricsApi(Sources sources) : sources_(std::move(sources)) {}

Response MetricsApi::Answer(const Request& request, const RequestInfo& info, const Target& target,
                            TimePoint now) const {
  if (!Serves(info)) return http::ResourceNotFoundResponse();
  if (request.method != "GET" && request.method != "HEAD") {
    return http::MethodNotAllowedResponse("GET, HEAD");
  }
  // Also of one object, where k8s.io/apiserver overlooks it: who waits for changes must hear no.
  if (info.verb == "watch" || target.query.Flag("watch")) return WatchNotSupported(info);
  static const std::array kOffers = {http::Offer{.media_type = "application/json"}};
  if (const auto chosen = http::Negotiate(request.headers, kOffers); !chosen) {
    return http::StatusResponse(chosen.error());
  }
  const bool nodes = info.resource == "nodes";
  if (info.verb == "get") {
    return nodes ? AnswerGet<Nodes>(sources_, info, now, sources_.nodes->Get("", info.name))
                 : AnswerGet<Pods>(sources_, info, now, sources_.pods->Get(info.ns, info.name));
  }
  auto options = ParseListOptions(target.query);
  if (!options) return http::StatusResponse(options.error().error, options.error().details);
  if (nodes)
    return AnswerList<Nodes>(sources_, info, *std::move(options), now, sources_.nodes->List());
  return AnswerList<Pods>(sources_, info, *std::move(options), now,
                          info.ns.empty() ? sources_.pods->List() : sources_.pods->List(info.ns));
}

std::vector<http::DiscoveryGroup> MetricsApi::Groups() {
  const std::vector<http::DiscoveryResource> resources = {
      {.name = "nodes", .kind = "NodeMetrics", .namespaced = false, .verbs = {"get", "list"}},
      {.name = "pods", .kind = "PodMetrics", .namespaced = true, .verbs = {"get", "list"}}};
  return {{.name = std::string(kGroup),
           .versions = {{.version = "v1", .resources = resources},
                        {.version = "v1beta1", .resources = resources}}}};
}

}  // namespace mpl::handlers
