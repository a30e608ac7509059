#include "collector/handlers/metrics_api.h"

#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "collector/handlers/list_options.h"
#include "collector/handlers/listing.h"
#include "collector/handlers/representation.h"
#include "kube/base/prefetch.h"
#include "kube/http/status_response.h"

namespace mpl::handlers {
namespace {

using http::Request;
using http::RequestInfo;
using http::Response;
using http::Target;

constexpr std::string_view kGroup = "metrics.k8s.io";
// So many objects of a list are taken at a time: more than fill a piece.
constexpr std::size_t kPart = 500;
// Lists that wait in memory as a whole (see Listing), up to 37 MB each of 150,000 pods: so many at
// a time, of all clients together.
constexpr int kMostWaiting = 16;

// One of them, as long as it lives; null when there are too many.
std::shared_ptr<const void> TakeWaitingPlace() {
  static std::atomic<int> taken = 0;
  const std::shared_ptr<const void> place(&taken, [](const void*) { --taken; });
  return ++taken <= kMostWaiting ? place : nullptr;
}

// A request as far as it has been understood.
struct Question {
  const RequestInfo& info;
  const http::Query& query;
  Representation representation;
  Moment now;

  Result<std::unique_ptr<AnswerWriter>> Writer(std::string_view kind) const {
    return MakeAnswerWriter(representation,
                            {.kind = kind, .version = info.version, .is_list = info.verb == "list"},
                            query, now.wall);
  }
  Response Ok() const {
    Response response;
    response.headers.Add("Content-Type", std::string(representation.ContentType()));
    return response;
  }
};

Response NotFound(std::string what, const std::string& name, std::string group, std::string kind) {
  objects::StatusDetails details;
  details.name = name;
  details.group = std::move(group);
  details.kind = std::move(kind);
  return http::StatusResponse(
      {.kind = ErrorKind::kNotFound, .message = std::move(what) + " \"" + name + "\" not found"},
      details);
}

// One of the two resources: how to find its objects and their usage. `Stored` is the informer's
// type.
struct Nodes {
  using Stored = objects::NodeObject;
  using Ptr = std::shared_ptr<const Stored>;
  using Usage = store::NodeUsage;
  static constexpr std::string_view kKind = "NodeMetrics";

  static bool Wanted(const MetricsApi::Sources& sources, const Stored& object) {
    return !sources.selected || sources.selected(object.meta);
  }
  static Found FindUsages(const MetricsApi::Sources& sources, std::span<const Ptr> objects,
                          MonoTime now, std::span<Usage> out) {
    Found found;
    for (std::size_t k = 0; k < objects.size(); ++k) {
      const auto usage = sources.metrics->GetNode(objects[k]->meta.name, now);
      found[k] = usage.has_value();
      if (usage) out[k] = *usage;
    }
    return found;
  }
  static Item View(const Stored& object, const Usage& usage) {
    return {.meta = ItemMeta::Of(object.meta),
            .timestamp = usage.timestamp,
            .window = usage.window,
            .usage = &usage.usage};
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
  using Ptr = std::shared_ptr<const Stored>;
  using Usage = store::PodUsage;
  static constexpr std::string_view kKind = "PodMetrics";

  static bool Wanted(const MetricsApi::Sources&, const Stored&) { return true; }
  static Found FindUsages(const MetricsApi::Sources& sources, std::span<const Ptr> objects,
                          MonoTime now, std::span<Usage> out) {
    std::array<store::PodQuestion, kTogether> questions;
    for (std::size_t k = 0; k < objects.size(); ++k) {
      const Stored& object = *objects[k];
      Prefetch(object.meta.name.data(), object.meta.name.size());
      questions[k] = {.node = object.node_name,
                      .ns = object.meta.ns,
                      .name = object.meta.name,
                      .running = object.running,
                      .bookmark = &object.usage};
    }
    return sources.metrics->GetPods(std::span(questions).first(objects.size()), now, out);
  }
  static Item View(const Stored& object, const Usage& usage) {
    return {.meta = ItemMeta::Of(object.meta),
            .timestamp = usage.timestamp,
            .window = usage.window,
            .containers = usage.containers};
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
Response AnswerGet(const MetricsApi::Sources& sources, const Question& question,
                   const std::shared_ptr<const typename Kind::Stored>& object) {
  const RequestInfo& info = question.info;
  if (object == nullptr) return Kind::NoObject(info.ns, info.name);
  if (!Kind::Wanted(sources, *object)) return Kind::NoMetrics(info.ns, info.name);
  typename Kind::Usage usage;
  if (Kind::FindUsages(sources, {&object, 1}, question.now.steady, {&usage, 1}).none()) {
    return Kind::NoMetrics(info.ns, info.name);
  }
  const auto writer = question.Writer(Kind::kKind);
  if (!writer) return http::StatusResponse(writer.error());
  const Duration age = question.now.wall - usage.timestamp;
  if (sources.observe_ages) sources.observe_ages({&age, 1});
  Response response = question.Ok();
  (*writer)->Single(response.body, Kind::View(*object, usage));
  return response;
}

template <class Kind>
Response AnswerList(const MetricsApi::Sources& sources, const Question& question,
                    typename Listing<Kind>::NextPart next_part) {
  auto options = ParseListOptions(question.query);
  if (!options) return http::StatusResponse(options.error().error, options.error().details);
  auto writer = question.Writer(Kind::kKind);
  if (!writer) return http::StatusResponse(writer.error());
  const bool waits = (*writer)->LengthFirst();
  auto listing = std::make_shared<Listing<Kind>>(sources, *std::move(options), question.now,
                                                 *std::move(writer), std::move(next_part));
  Response response = question.Ok();
  const bool more = listing->Fill(response.body);
  if (!more) return response;
  const auto place = waits ? TakeWaitingPlace() : nullptr;
  if (waits && place == nullptr) {
    return http::StatusResponse({.kind = ErrorKind::kTooManyRequests,
                                 .message = "too many long lists in protobuf at a time; try again, "
                                            "or ask for application/json",
                                 .retry_after = std::chrono::seconds(1)});
  }
  // Too long for one piece: the first waits in the list's closure.
  response.next_chunk = [listing, place,
                         first = std::exchange(response.body, {})](std::string& chunk) mutable {
    if (!first.empty()) {
      chunk = std::exchange(first, {});
      return true;
    }
    return listing->Fill(chunk);
  };
  return response;
}

// Of one namespace, or of all where none is named.
template <class T>
auto PartsOf(const machinery::ObjectStore<T>& store, const std::string& ns) {
  return [&store, ns](const T* last) {
    std::string_view space = ns;
    std::string_view name;
    if (last != nullptr) {
      space = last->meta.ns;
      name = last->meta.name;
    }
    return ns.empty() ? store.ListBehind(space, name, kPart)
                      : store.ListWithinBehind(space, name, kPart);
  };
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
  auto representation = ChooseRepresentation(request.headers, target.query);
  if (!representation) return http::StatusResponse(representation.error());
  // Also of one object, where k8s.io/apiserver overlooks it: who waits for changes must hear no.
  if (info.verb == "watch" || target.query.Flag("watch")) return WatchNotSupported(info);
  const Question question{.info = info,
                          .query = target.query,
                          .representation = *std::move(representation),
                          .now = {.wall = now, .steady = sources_.steady_now()}};
  const bool nodes = info.resource == "nodes";
  if (info.verb == "get") {
    return nodes ? AnswerGet<Nodes>(sources_, question, sources_.nodes->Get("", info.name))
                 : AnswerGet<Pods>(sources_, question, sources_.pods->Get(info.ns, info.name));
  }
  if (nodes) return AnswerList<Nodes>(sources_, question, PartsOf(*sources_.nodes, info.ns));
  return AnswerList<Pods>(sources_, question, PartsOf(*sources_.pods, info.ns));
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
