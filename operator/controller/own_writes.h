// What we wrote and the watch has not told us back yet.
//
// Between a write and its event the informer's store is behind: planning from it would repeat the
// write, and make new keys for a certificate that was just issued. So the newest of both counts.
// Pure, not thread-safe.
#pragma once

#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "kube/base/time.h"
#include "kube/objects/meta.h"

namespace mpl::controller {

class OwnWrites {
 public:
  using Ptr = std::shared_ptr<const objects::JsonObject>;
  // Longer than any healthy watch lags; after that the store is right (the object was deleted
  // before its event came).
  static constexpr auto kTrust = std::chrono::seconds(20);

  // 0: it has none.
  static std::uint64_t Version(const objects::JsonObject& object) {
    const std::string& text = object.meta.resource_version;
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  void Remember(const std::string& key, Ptr written, MonoTime now) {
    writes_[key] = {std::move(written), now};
  }
  // An event about the object came: from a deletion on the store is right, else the newer of both.
  void Seen(const std::string& key, const Ptr& after) {
    const auto found = writes_.find(key);
    if (found == writes_.end()) return;
    if (after == nullptr || !IsNewer(*found->second.object, *after)) writes_.erase(found);
  }
  // `watched` may be null.
  Ptr Newest(const std::string& key, const Ptr& watched, MonoTime now) const {
    const auto found = writes_.find(key);
    if (found == writes_.end() || now - found->second.at > kTrust) return watched;
    const Ptr& written = found->second.object;
    return watched == nullptr || IsNewer(*written, *watched) ? written : watched;
  }

 private:
  struct Write {
    Ptr object;
    MonoTime at;
  };
  // resourceVersions of one resource compare as numbers (KEP-5504); of two lives of a name the
  // watched one counts only when it is the later.
  static bool IsNewer(const objects::JsonObject& a, const objects::JsonObject& b) {
    return Version(a) > Version(b);
  }

  std::map<std::string, Write> writes_;
};

}  // namespace mpl::controller
