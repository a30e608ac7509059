#include "kube/client/informer.h"

#include <mutex>
#include <utility>

#include "kube/base/text.h"
#include "kube/client/informer_codec.h"
#include "kube/client/random.h"
#include "kube/machinery/reflector.h"
#include "kube/machinery/replace.h"
#include "kube/telemetry/log.h"

namespace mpl::client {
namespace {

using machinery::Reflector;
using machinery::WatchType;

constexpr std::chrono::seconds kListLimit{60};
constexpr std::chrono::seconds kOpenLimit{30};
constexpr std::size_t kErrorBodyLimit = 64U << 10U;

std::string Selectors(const WatchScope& scope) {
  std::string query;
  if (!scope.label_selector.empty()) {
    query += "labelSelector=" + PercentEncode(scope.label_selector);
  }
  if (!scope.field_selector.empty()) {
    query += (query.empty() ? "" : "&") + ("fieldSelector=" + PercentEncode(scope.field_selector));
  }
  return query;
}

// "kube-system metadata.name=x": a process may watch the same resource for several purposes.
std::string Describe(const WatchScope& scope) {
  std::string text = scope.ns.empty() ? "all namespaces" : scope.ns;
  for (const std::string& selector : {scope.label_selector, scope.field_selector}) {
    if (!selector.empty()) text += " " + selector;
  }
  return text;
}

// What comes instead of a watch: an answer with a bad status.
Task<Error> ReadRefusal(net::StreamedResponse response) {
  http::Response whole;
  whole.status = response.status;
  whole.headers = std::move(response.headers);
  while (whole.body.size() < kErrorBodyLimit) {
    const auto piece = co_await response.body->Read(std::chrono::seconds(10));
    if (!piece || piece->empty()) break;
    whole.body.append(*piece);
  }
  const auto checked = KubeClient::CheckStatus(whole);
  co_return checked ? Error{ErrorKind::kMalformed, "watch: unexpected answer"} : checked.error();
}

}  // namespace

template <class T>
struct Informer<T>::Impl {
  Impl(KubeClient& with, WatchScope what)
      : client(with),
        scope(std::move(what)),
        reflector({.selectors = Selectors(scope)}, NewRandom()) {}

  KubeClient& client;
  WatchScope scope;
  Reflector reflector;
  machinery::ObjectStore<T> store;
  std::vector<Handler> handlers;
  std::vector<std::function<void()>> synced_handlers;
  bool told_synced = false;

  machinery::StagedObjects<T> staged;
  WatchItem<T> item;  // of the event that the reflector judges
  std::unique_ptr<net::BodyStream> stream;
  std::optional<machinery::FrameSplitter> frames;
  machinery::Framing framing = machinery::Framing::kLines;

  mutable std::mutex mutex;
  InformerStatus status;  // guarded by mutex

  static Task<void> Run(std::shared_ptr<Impl> self);
  // Nothing: cancelled.
  using Outcome = std::optional<Reflector::Event>;
  Task<Outcome> Do(Reflector::Wait action);
  Task<Outcome> Do(Reflector::ListPage action);
  Task<Outcome> Do(Reflector::OpenWatch action);
  Task<Outcome> Do(Reflector::ReadWatch action);
  Task<Outcome> Perform(Reflector::Action action);
  // The next event that is in memory already; nothing when more must be read.
  std::optional<Reflector::Event> TakeBuffered();

  http::Request NewRequest(const std::string& query, const char* accept) const;
  void Use(Reflector::Objects what);
  void Stage(WatchItem<T> staged_item);
  void Apply(const WatchItem<T>& applied);
  void Commit();
  void Tell(const Ptr& before, const Ptr& after);
  void Publish();
};

template <class T>
Task<void> Informer<T>::Impl::Run(std::shared_ptr<Impl> self) {
  Reflector::Event event = Reflector::Started{};
  for (;;) {
    Reflector::Step step = self->reflector.Handle(event, net::SteadyNow());
    self->Use(step.objects);
    self->Publish();
    Outcome next;
    if (std::holds_alternative<Reflector::ReadWatch>(step.action)) next = self->TakeBuffered();
    if (!next) next = co_await self->Perform(std::move(step.action));
    if (!next) break;
    event = *std::move(next);
  }
  self->stream.reset();
}

template <class T>
auto Informer<T>::Impl::Perform(Reflector::Action action) -> Task<Outcome> {
  if (const auto* wait = std::get_if<Reflector::Wait>(&action)) return Do(*wait);
  if (auto* page = std::get_if<Reflector::ListPage>(&action)) return Do(std::move(*page));
  if (auto* open = std::get_if<Reflector::OpenWatch>(&action)) return Do(std::move(*open));
  return Do(std::get<Reflector::ReadWatch>(action));
}

template <class T>
auto Informer<T>::Impl::Do(Reflector::Wait action) -> Task<Outcome> {
  stream.reset();
  const bool slept = co_await net::SleepFor(action.delay);
  if (!slept) co_return std::nullopt;
  co_return Reflector::Waited{};
}

template <class T>
auto Informer<T>::Impl::Do(Reflector::ListPage action) -> Task<Outcome> {
  stream.reset();
  net::CallLimits limits;
  limits.timeout = kListLimit;
  auto request = NewRequest(action.query, Codec<T>::AcceptList());
  auto response = co_await client.Send(std::move(request), limits);
  if (!response) {
    if (response.error().kind == ErrorKind::kCancelled) co_return std::nullopt;
    co_return Reflector::RequestFailed{response.error()};
  }
  const auto fine = KubeClient::CheckStatus(*response);
  if (!fine) co_return Reflector::RequestFailed{fine.error()};
  const auto page = Codec<T>::DecodePage(scope.resource, *response,
                                         [this](Ptr object) { staged.Put(std::move(object)); });
  if (!page) co_return Reflector::RequestFailed{page.error()};
  co_return Reflector::PageCame{page->resource_version, page->continue_token};
}

template <class T>
auto Informer<T>::Impl::Do(Reflector::OpenWatch action) -> Task<Outcome> {
  stream.reset();
  auto request = NewRequest(action.query, Codec<T>::AcceptWatch());
  auto response = co_await client.Open(std::move(request), kOpenLimit);
  if (!response) {
    if (response.error().kind == ErrorKind::kCancelled) co_return std::nullopt;
    co_return Reflector::RequestFailed{response.error()};
  }
  if (response->status != 200) {
    Error error = co_await ReadRefusal(*std::move(response));
    co_return Reflector::RequestFailed{std::move(error)};
  }
  framing = machinery::FramingOf(response->headers.Get("Content-Type"));
  frames.emplace(framing);
  stream = std::move(response->body);
  co_return Reflector::WatchOpened{};
}

template <class T>
auto Informer<T>::Impl::Do(Reflector::ReadWatch action) -> Task<Outcome> {
  for (;;) {
    const auto piece = co_await stream->Read(action.idle_limit);
    if (!piece) {
      if (piece.error().kind == ErrorKind::kCancelled) co_return std::nullopt;
      co_return Reflector::WatchEnded{piece.error()};
    }
    if (piece->empty()) {
      co_return Reflector::WatchEnded{{ErrorKind::kClosed, "the server ended the watch"}};
    }
    frames->Feed(*piece);
    auto event = TakeBuffered();
    if (event) co_return event;
  }
}

template <class T>
std::optional<Reflector::Event> Informer<T>::Impl::TakeBuffered() {
  const auto frame = frames->Next();
  if (!frame) return Reflector::WatchEnded{frame.error()};
  if (!*frame) return std::nullopt;
  auto decoded = Codec<T>::DecodeFrame(framing, **frame);
  if (!decoded) return Reflector::WatchEnded{decoded.error()};
  if (decoded->error) return Reflector::RequestFailed{*decoded->error};
  item = *std::move(decoded);
  const auto& meta = item.object->meta;
  return Reflector::ItemCame{item.type, meta.resource_version,
                             item.type == WatchType::kBookmark && objects::EndsInitialEvents(meta)};
}

template <class T>
http::Request Informer<T>::Impl::NewRequest(const std::string& query, const char* accept) const {
  http::Request request;
  request.target = scope.resource.Path(scope.ns) + "?" + query;
  request.headers.Set("Accept", accept);
  return request;
}

template <class T>
void Informer<T>::Impl::Use(Reflector::Objects what) {
  switch (what) {
    case Reflector::Objects::kKeep:
      break;
    case Reflector::Objects::kDropStaged:
      staged.Clear();
      break;
    case Reflector::Objects::kStage:
      Stage(std::move(item));
      break;
    case Reflector::Objects::kApply:
      Apply(std::exchange(item, {}));
      break;
    case Reflector::Objects::kCommit:
      Commit();
      break;
  }
}

template <class T>
void Informer<T>::Impl::Stage(WatchItem<T> staged_item) {
  if (staged_item.type == WatchType::kDeleted) {
    staged.Remove(std::move(staged_item.object));
  } else {
    staged.Put(std::move(staged_item.object));
  }
}

template <class T>
void Informer<T>::Impl::Apply(const WatchItem<T>& applied) {
  const auto& meta = applied.object->meta;
  if (applied.type == WatchType::kDeleted) {
    const Ptr before = store.Remove(meta.ns, meta.name);
    if (before != nullptr) Tell(before, nullptr);
    return;
  }
  const Ptr before = store.Put(applied.object);
  Tell(before, applied.object);
}

template <class T>
void Informer<T>::Impl::Commit() {
  const auto changes = machinery::ReplaceAll(store, staged);
  for (const auto& change : changes) Tell(change.before, change.after);
  // Handlers of synced ask status(), which must know already.
  Publish();
  if (std::exchange(told_synced, true)) return;
  for (const auto& handler : synced_handlers) handler();
}

template <class T>
void Informer<T>::Impl::Tell(const Ptr& before, const Ptr& after) {
  const Change change = before == nullptr  ? Change::kAdded
                        : after == nullptr ? Change::kDeleted
                                           : Change::kModified;
  for (const Handler& handler : handlers) handler(change, before, after);
}

template <class T>
void Informer<T>::Impl::Publish() {
  const std::lock_guard lock(mutex);
  status.synced = reflector.synced();
  if (status.failure == reflector.failure()) return;
  if (status.failure.empty()) status.failing_since = net::SteadyNow();
  if (reflector.failure().empty()) {
    log::Info("list and watch work again",
              {{"resource", scope.resource.plural}, {"scope", Describe(scope)}});
  } else {
    log::Warning("list or watch fails, will try again", {{"resource", scope.resource.plural},
                                                         {"scope", Describe(scope)},
                                                         {"error", reflector.failure()}});
  }
  status.failure = reflector.failure();
  status.failure_kind = reflector.failure_kind();
}

template <class T>
Informer<T>::Informer(KubeClient& client, WatchScope scope)
    : impl_(std::make_shared<Impl>(client, std::move(scope))) {}

template <class T>
Informer<T>::~Informer() = default;

template <class T>
void Informer<T>::OnChange(Handler handler) {
  impl_->handlers.push_back(std::move(handler));
}

template <class T>
void Informer<T>::OnSynced(std::function<void()> handler) {
  impl_->synced_handlers.push_back(std::move(handler));
}

template <class T>
Task<void> Informer<T>::Run() {
  return Impl::Run(impl_);
}

template <class T>
const machinery::ObjectStore<T>& Informer<T>::store() const {
  return impl_->store;
}

template <class T>
InformerStatus Informer<T>::status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->status;
}

template class Informer<objects::MetaObject>;
template class Informer<objects::JsonObject>;
template class Informer<objects::NodeObject>;
template class Informer<objects::PodObject>;

}  // namespace mpl::client
