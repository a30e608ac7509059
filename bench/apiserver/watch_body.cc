#include "bench/apiserver/watch_body.h"

namespace mpl::bench {

WatchBody::WatchBody(const Registry& registry, const Form& form, const Selection& selection,
                     const WatchOptions& options, std::int64_t now_ms)
    : registry_(registry),
      form_(form),
      selection_(selection),
      options_(options),
      seen_(options.after.value_or(registry.version())),
      bookmark_ms_(now_ms + kBookmarkMs) {
  if (!options.after) first_.emplace(registry.current(), selection);
}

bool WatchBody::AppendFirst(std::string& piece) {
  while (piece.size() < kPieceBytes) {
    const auto object = first_->Next();
    if (!object) {
      first_.reset();
      if (options_.initial_events_end) {
        AppendBookmark(form_, {selection_.kind(), seen_, true}, piece);
      }
      return false;
    }
    AppendEvent(form_, {EventType::kAdded, *object}, piece);
  }
  return true;
}

bool WatchBody::AppendChanges(std::string& piece) {
  while (const Event* event = registry_.After(seen_)) {
    if (piece.size() >= kPieceBytes) return true;
    seen_ = VersionOf(event->object);
    if (selection_.Matches(event->object)) AppendEvent(form_, *event, piece);
  }
  return false;
}

Body::Outcome WatchBody::Next(std::int64_t now_ms, std::string& piece) {
  if (first_ && AppendFirst(piece)) return Outcome::kMore;
  if (seen_ < registry_.oldest()) {
    AppendErrorEvent(form_,
                     {ErrorKind::kGone, "too old resource version: " + std::to_string(seen_) +
                                            " (" + std::to_string(registry_.oldest()) + ")"},
                     piece);
    return Outcome::kEnd;
  }
  if (AppendChanges(piece)) return Outcome::kMore;
  const bool over = now_ms >= options_.end_ms;
  if (options_.bookmarks && (over || now_ms >= bookmark_ms_)) {
    AppendBookmark(form_, {selection_.kind(), seen_, false}, piece);
    bookmark_ms_ = now_ms + kBookmarkMs;
  }
  return over ? Outcome::kEnd : Outcome::kWait;
}

}  // namespace mpl::bench
