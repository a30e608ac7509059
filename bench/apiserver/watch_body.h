// A watch: the objects that there are, if asked for, and then every change, until its time is over.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/apiserver/body.h"
#include "bench/apiserver/form.h"
#include "bench/apiserver/registry.h"
#include "bench/apiserver/walk.h"

namespace mpl::bench {

// As kube-apiserver's watch cache: about one a minute.
inline constexpr std::int64_t kBookmarkMs = 60'000;

struct WatchOptions {
  // Changes after this version; nothing: the objects of now first, each as ADDED.
  std::optional<std::uint64_t> after;
  bool initial_events_end = false;  // a bookmark says where the first objects end
  bool bookmarks = false;
  std::int64_t end_ms = 0;  // wall time
};

class WatchBody : public Body {
 public:
  // Refers to `registry` as long as it lives.
  WatchBody(const Registry& registry, const Form& form, const Selection& selection,
            const WatchOptions& options, std::int64_t now_ms);

  Outcome Next(std::int64_t now_ms, std::string& piece) override;

 private:
  // True: the piece is full.
  bool AppendFirst(std::string& piece);
  bool AppendChanges(std::string& piece);

  const Registry& registry_;
  Form form_;
  Selection selection_;
  WatchOptions options_;
  std::optional<Walk> first_;  // while not all are sent
  std::uint64_t seen_;
  std::int64_t bookmark_ms_;
};

}  // namespace mpl::bench
