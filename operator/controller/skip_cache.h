// Remembers which intents are in place already, so that a steady pipeline sends nothing.
//
// An intent that was applied gave a resourceVersion; as long as the live object still has it and
// the intent is the same, applying again could change nothing. Every foreign write changes the
// resourceVersion, so drift is always looked at. Pure, not thread-safe.
#pragma once

#include <map>
#include <string>

namespace mpl::controller {

class SkipCache {
 public:
  // `key` names the object, `intent` is its digest.
  bool InPlace(const std::string& key, const std::string& live_version,
               const std::string& intent) const {
    const auto found = entries_.find(key);
    return found != entries_.end() && !live_version.empty() &&
           found->second.version == live_version && found->second.intent == intent;
  }
  // True when the same intent was applied before: what is changed now was changed by somebody else.
  bool AppliedBefore(const std::string& key, const std::string& intent) const {
    const auto found = entries_.find(key);
    return found != entries_.end() && found->second.intent == intent;
  }
  void Record(const std::string& key, std::string version, std::string intent) {
    entries_[key] = {std::move(version), std::move(intent)};
  }
  void Forget(const std::string& key) { entries_.erase(key); }
  void Clear() { entries_.clear(); }
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string version, intent;
  };
  std::map<std::string, Entry> entries_;
};

}  // namespace mpl::controller
