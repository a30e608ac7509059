#include "kube/machinery/reflector.h"

#include <algorithm>
#include <utility>

#include "kube/base/text.h"

namespace mpl::machinery {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// client-go: a watch lives 5 to 10 minutes, so that watches spread over API servers again.
constexpr seconds kMinWatch = minutes(5);
// Beyond the server's own timeout nothing can come any more.
constexpr seconds kWatchGrace{30};
// The watch cache sends a bookmark about every minute: three missing means a dead connection.
constexpr seconds kBookmarkSilence{180};
// A server older than 1.27 ignores sendInitialEvents and never says that the list is complete.
constexpr seconds kStreamSilence{10};
constexpr seconds kStreamLimit = minutes(3);
// Cut off so often in a row, a stream is too long for whoever stands in between.
constexpr int kCutStreamsUntilList = 3;
// client-go calls a watch that ends sooner, without an event, a failure.
constexpr seconds kShortWatch{1};
// client-go lists after one; a hiccup of the server is no reason yet.
constexpr int kFailuresUntilList = 3;
// A server that is busy means seconds. Whoever stands in between must not silence us for a day.
constexpr seconds kLongestRetryAfter = minutes(1);
// k8s.io/apiserver: what a list from etcd reads at a time.
constexpr int kLongestPage = 10'000;

// Status 504 of a watch cache that has not caught up with the resourceVersion asked for.
bool IsTooLargeResourceVersion(const Error& error) {
  return error.message.find("oo large resource version") != std::string::npos;
}

// The server is away, busy, or another one: nothing is wrong with the resourceVersion, and a list
// would fare no better.
bool IsNoAnswer(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnreachable:
    case ErrorKind::kClosed:
    case ErrorKind::kTimeout:
    case ErrorKind::kTooManyRequests:
    case ErrorKind::kUnavailable:
    case ErrorKind::kUntrusted:
    case ErrorKind::kTls:
    case ErrorKind::kCancelled:
      return true;
    default:
      return false;
  }
}

// Comes again at the same resourceVersion, for it is the event that follows there.
bool IsUnreadable(ErrorKind kind) {
  return kind == ErrorKind::kMalformed || kind == ErrorKind::kRequestTooLarge;
}

}  // namespace

Reflector::Reflector(Options options, Random random)
    : options_(std::move(options)),
      random_(std::move(random)),
      backoff_(kReflectorBackoff, random_) {}

Reflector::Step Reflector::Handle(const Event& event, MonoTime now) {
  return std::visit([&](const auto& what) { return On(what, now); }, event);
}

Reflector::Step Reflector::On(const Started&, MonoTime) { return BeginSync(); }

Reflector::Step Reflector::On(const Waited&, MonoTime) { return after_wait_; }

Reflector::Step Reflector::On(const PageCame& event, MonoTime) {
  if (!event.continue_token.empty()) {
    continue_token_ = event.continue_token;
    failure_.clear();
    return {PageRequest()};
  }
  continue_token_.clear();
  resource_version_ = event.resource_version;
  phase_ = Phase::kWatching;
  return Committed(event.resource_version, WatchRequest());
}

Reflector::Step Reflector::On(const WatchOpened&, MonoTime now) {
  watch_opened_ = now;
  stream_deadline_ = now + kStreamLimit;
  events_ = 0;
  if (phase_ == Phase::kWatching) failure_.clear();
  return {ReadOn()};
}

Reflector::Step Reflector::On(const ItemCame& event, MonoTime now) {
  ++events_;
  bookmarks_ = bookmarks_ || event.type == WatchType::kBookmark;
  if (phase_ == Phase::kStreaming) return StreamItem(event, now);
  moved_since_sync_ = true;
  if (!event.resource_version.empty() && event.resource_version != resource_version_) {
    resource_version_ = event.resource_version;
    failed_here_ = 0;
  }
  return {ReadOn(), event.type == WatchType::kBookmark ? Objects::kKeep : Objects::kApply};
}

Reflector::Step Reflector::StreamItem(const ItemCame& event, MonoTime now) {
  if (event.type == WatchType::kBookmark && event.initial_events_end) {
    phase_ = Phase::kWatching;
    return Committed(event.resource_version, ReadOn());
  }
  if (now >= stream_deadline_) return BeginList();
  return {ReadOn(), event.type == WatchType::kBookmark ? Objects::kKeep : Objects::kStage};
}

Reflector::Step Reflector::On(const RequestFailed& event, MonoTime now) {
  switch (phase_) {
    case Phase::kStreaming:
      return StreamFailed(event.error, now);
    case Phase::kListing:
      return ListFailed(event.error, now);
    case Phase::kWatching:
      break;
  }
  return WatchFailed(event.error, now);
}

Reflector::Step Reflector::StreamFailed(const Error& error, MonoTime now) {
  // "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled" (422),
  // or a server that cannot parse it (400).
  if (error.kind == ErrorKind::kInvalid || error.kind == ErrorKind::kBadRequest) {
    options_.watch_list = false;
    return BeginList();
  }
  // A server that answers may have a list for whom it has no stream: a role without "watch".
  return BackOff(error, now, IsNoAnswer(error.kind) ? BeginSync() : BeginList());
}

Reflector::Step Reflector::ListFailed(const Error& error, MonoTime now) {
  // Large objects: fewer of them fit into an answer.
  if (error.kind == ErrorKind::kRequestTooLarge && options_.page_size > 1) {
    options_.page_size = std::max(1, options_.page_size / 4);
    return BeginList();
  }
  if (error.kind != ErrorKind::kGone) {
    // A server that answers and will not have this page may say so for ever.
    const bool refused = !IsNoAnswer(error.kind);
    return BackOff(error, now, refused ? BeginList() : Step{PageRequest()});
  }
  // The continue token is too old: only a list from the start is consistent. Without a token there
  // is nothing that could be too old, so that a server which says so is waited for; and a list that
  // takes longer than its token lives would go round in a circle: it gets longer pages.
  const bool token_expired = !continue_token_.empty();
  const bool again_expired = token_expired && std::exchange(token_expired_, true);
  if (again_expired) options_.page_size = std::min(4 * options_.page_size, kLongestPage);
  Step again = BeginList();
  return token_expired && !again_expired ? again : BackOff(error, now, std::move(again));
}

Reflector::Step Reflector::WatchFailed(const Error& error, MonoTime now) {
  if (error.kind == ErrorKind::kGone) return Resync(error, now);
  if (IsTooLargeResourceVersion(error)) {
    resource_version_.clear();
    return Resync(error, now);
  }
  return IsNoAnswer(error.kind) ? BackOff(error, now, {WatchRequest()}) : FailedHere(error, now);
}

// A watch that fails at one resourceVersion for ever would leave us with what was there before it.
Reflector::Step Reflector::FailedHere(const Error& error, MonoTime now) {
  ++failed_here_;
  if (failed_here_ < kFailuresUntilList && !IsUnreadable(error.kind)) {
    return BackOff(error, now, {WatchRequest()});
  }
  resource_version_.clear();
  return BackOff(error, now, BeginSync());
}

// The server has forgotten our resourceVersion. At once, unless that was so right after the last
// list as well: then waiting keeps us from listing in a circle.
Reflector::Step Reflector::Resync(const Error& error, MonoTime now) {
  resource_version_.clear();
  const bool moved = moved_since_sync_;
  Step sync = BeginSync();
  return moved ? sync : BackOff(error, now, std::move(sync));
}

Reflector::Step Reflector::On(const WatchEnded& event, MonoTime now) {
  if (phase_ == Phase::kStreaming) return StreamEnded(event.error, now);
  if (event.error.kind == ErrorKind::kTimeout) return {WatchRequest()};
  if (event.error.kind != ErrorKind::kClosed) return WatchFailed(event.error, now);
  if (events_ == 0 && now - watch_opened_ < kShortWatch) {
    return FailedHere(
        {ErrorKind::kClosed, "watch ended at once without an event: " + event.error.message}, now);
  }
  failed_here_ = 0;
  return {WatchRequest()};
}

Reflector::Step Reflector::StreamEnded(const Error& error, MonoTime now) {
  if (error.kind == ErrorKind::kTimeout) return BeginList();
  const bool list = !IsNoAnswer(error.kind) || ++cut_streams_ >= kCutStreamsUntilList;
  return BackOff(error, now, list ? BeginList() : BeginSync());
}

Reflector::Step Reflector::BeginSync() {
  if (!options_.watch_list) return BeginList();
  phase_ = Phase::kStreaming;
  return {StreamRequest(), Objects::kDropStaged};
}

Reflector::Step Reflector::BeginList() {
  phase_ = Phase::kListing;
  continue_token_.clear();
  return {PageRequest(), Objects::kDropStaged};
}

Reflector::Step Reflector::Committed(const std::string& resource_version, Action next) {
  resource_version_ = resource_version;
  synced_ = true;
  moved_since_sync_ = false;
  token_expired_ = false;
  failed_here_ = 0;
  cut_streams_ = 0;
  failure_.clear();
  return {std::move(next), Objects::kCommit};
}

Reflector::Step Reflector::BackOff(const Error& error, MonoTime now, Step then) {
  failure_ = error.message;
  failure_kind_ = error.kind;
  Duration delay = backoff_.Next(now);
  if (error.retry_after) {
    delay = std::max(delay, std::min<Duration>(*error.retry_after, kLongestRetryAfter));
  }
  after_wait_ = std::move(then);
  return {Wait{delay}};
}

Reflector::OpenWatch Reflector::StreamRequest() {
  watch_timeout_ = NewWatchTimeout();
  return {
      Query("watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
            "&allowWatchBookmarks=true&timeoutSeconds=" +
            std::to_string(watch_timeout_.count()))};
}

Reflector::OpenWatch Reflector::WatchRequest() {
  watch_timeout_ = NewWatchTimeout();
  return {
      Query("watch=true&resourceVersion=" + PercentEncode(resource_version_) +
            "&allowWatchBookmarks=true&timeoutSeconds=" + std::to_string(watch_timeout_.count()))};
}

Reflector::ListPage Reflector::PageRequest() const {
  std::string query = "limit=" + std::to_string(options_.page_size);
  if (!continue_token_.empty()) query += "&continue=" + PercentEncode(continue_token_);
  return {Query(std::move(query))};
}

std::string Reflector::Query(std::string query) const {
  if (!options_.selectors.empty()) query += "&" + options_.selectors;
  return query;
}

Reflector::ReadWatch Reflector::ReadOn() const {
  if (phase_ == Phase::kStreaming) return {kStreamSilence};
  return {bookmarks_ ? kBookmarkSilence : watch_timeout_ + kWatchGrace};
}

std::chrono::seconds Reflector::NewWatchTimeout() {
  return kMinWatch + seconds(static_cast<int>(static_cast<double>(kMinWatch.count()) * random_()));
}

}  // namespace mpl::machinery
