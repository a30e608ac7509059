// Decides how a local copy of a set of objects is kept in step with the API server: what to ask
// next, when to wait, and what to do with what came. The driver (client::Informer) does the asking.
//
// Rules follow client-go tools/cache/reflector.go: stream the initial list where the server can
// (KEP-3157), else list in pages; then watch; resume at the last resourceVersion; list again when
// the server has forgotten it, or when it answers but the watch gets no further from there. Two
// differences: pages are asked for without resourceVersion, because with "0" servers ignore `limit`
// and send everything in one answer; and a server that is away or busy is waited for without a list
// after it, because every client would ask for one in the same moment.
//
// Pure: it never sees an object, only types and resourceVersions. Not thread-safe.
#pragma once

#include <string>
#include <variant>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/machinery/backoff.h"
#include "kube/machinery/watch_decoder.h"

namespace mpl::machinery {

class Reflector {
 public:
  struct Options {
    std::string selectors = {};  // "labelSelector=a%3Db&fieldSelector=…", encoded; may be empty
    int page_size = 500;         // at first; less when a page is larger than the client takes
    bool watch_list = true;      // try streaming; switched off when the server refuses it
  };

  // --- what the driver shall do ---
  struct Wait {
    Duration delay;
  };
  struct ListPage {
    std::string query;
  };
  struct OpenWatch {
    std::string query;
  };
  struct ReadWatch {
    Duration idle_limit;  // report WatchEnded{kTimeout} when nothing comes for so long
  };
  using Action = std::variant<Wait, ListPage, OpenWatch, ReadWatch>;

  // What the driver shall do first, with the objects it holds.
  enum class Objects {
    kKeep,        // nothing
    kDropStaged,  // forget what was staged: a new list begins
    kStage,       // the item of this event goes to the staged list (or leaves it, if kDeleted)
    kApply,       // the item of this event goes to the store
    kCommit,      // the staged list replaces the store; what is not in it was deleted
  };
  struct Step {
    Action action;
    Objects objects = Objects::kKeep;
  };

  // --- what happened ---
  struct Started {};
  struct Waited {};
  struct PageCame {  // its items are staged already
    std::string resource_version;
    std::string continue_token;  // empty: the last page
  };
  struct WatchOpened {};
  struct ItemCame {  // any event of a watch but ERROR
    WatchType type;
    std::string resource_version;
    bool initial_events_end = false;
  };
  struct RequestFailed {  // a list, the opening of a watch, or an ERROR event in it
    Error error;
  };
  struct WatchEnded {  // regular end (kClosed), lost connection, silence (kTimeout), garbage
    Error error;
  };
  using Event =
      std::variant<Started, Waited, PageCame, WatchOpened, ItemCame, RequestFailed, WatchEnded>;

  Reflector(Options options, Random random);

  Step Handle(const Event& event, MonoTime now);

  // True once a whole list has been committed.
  bool synced() const { return synced_; }
  // Why it does not work at the moment; empty while it does.
  const std::string& failure() const { return failure_; }
  ErrorKind failure_kind() const { return failure_kind_; }  // of that
  const std::string& resource_version() const { return resource_version_; }

 private:
  enum class Phase { kStreaming, kListing, kWatching };

  Step On(const Started& event, MonoTime now);
  Step On(const Waited& event, MonoTime now);
  Step On(const PageCame& event, MonoTime now);
  Step On(const WatchOpened& event, MonoTime now);
  Step On(const ItemCame& event, MonoTime now);
  Step On(const RequestFailed& event, MonoTime now);
  Step On(const WatchEnded& event, MonoTime now);

  Step StreamItem(const ItemCame& event, MonoTime now);
  Step StreamFailed(const Error& error, MonoTime now);
  Step StreamEnded(const Error& error, MonoTime now);
  Step ListFailed(const Error& error, MonoTime now);
  Step WatchFailed(const Error& error, MonoTime now);
  Step FailedHere(const Error& error, MonoTime now);
  Step Resync(const Error& error, MonoTime now);

  Step BeginSync();
  Step BeginList();
  Step Committed(const std::string& resource_version, Action next);
  Step BackOff(const Error& error, MonoTime now, Step then);

  OpenWatch StreamRequest();
  OpenWatch WatchRequest();
  ListPage PageRequest() const;
  std::string Query(std::string query) const;
  ReadWatch ReadOn() const;
  std::chrono::seconds NewWatchTimeout();

  Options options_;
  Random random_;
  ExponentialBackoff backoff_;
  Phase phase_ = Phase::kStreaming;
  std::string resource_version_;
  std::string continue_token_;
  Step after_wait_;  // what a Wait postponed
  std::string failure_;
  ErrorKind failure_kind_ = ErrorKind::kInternal;
  bool synced_ = false;
  bool moved_since_sync_ = true;  // a watch brought something since the last full list
  bool token_expired_ = false;    // of a list since then
  std::chrono::seconds watch_timeout_{};
  MonoTime watch_opened_;
  MonoTime stream_deadline_;
  int failed_here_ = 0;     // watches in a row, at resource_version_
  int cut_streams_ = 0;     // in a row, since the last full list
  int events_ = 0;          // of the watch that is open
  bool bookmarks_ = false;  // the server sends them: one has come, in this watch or before
};

}  // namespace mpl::machinery
