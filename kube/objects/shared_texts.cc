#include "kube/objects/shared_texts.h"

#include <algorithm>
#include <array>
#include <functional>
#include <unordered_set>

#include "kube/base/text_hash.h"

namespace mpl::objects {
namespace {

// Pods come by namespace and name, so those of a workload come together: some are enough.
constexpr std::size_t kRemembered = 512;

std::size_t Mix(std::size_t seed, std::string_view text) {
  return seed * 31 + std::hash<std::string_view>{}(text);
}

// The last value of each hash; small, so that what is gone for good is not kept alive in numbers.
template <class T>
T Remembered(T value, std::size_t hash) {
  static thread_local std::array<T, kRemembered> seen;
  T& slot = seen[hash % kRemembered];
  if (!(slot == value)) slot = std::move(value);
  return slot;
}

using TextBody = std::shared_ptr<const std::string>;

struct BodyHash : TextHash {
  using TextHash::operator();
  std::size_t operator()(const TextBody& body) const { return (*this)(*body); }
};
struct BodyEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, const TextBody& b) const { return a == *b; }
  bool operator()(const TextBody& a, const TextBody& b) const { return *a == *b; }
};

// Any number of texts in any order, such as the nodes of pods that come by namespace. What nobody
// else uses any more goes whenever twice as much is there as was in use the last time.
class TextPool {
 public:
  TextBody Get(std::string_view text) {
    const auto found = bodies_.find(text);
    if (found != bodies_.end()) return *found;
    if (bodies_.size() >= next_sweep_) {
      std::erase_if(bodies_, [](const TextBody& body) { return body.use_count() == 1; });
      next_sweep_ = std::max(kFirstSweep, 2 * bodies_.size());
    }
    return *bodies_.insert(std::make_shared<const std::string>(text)).first;
  }

 private:
  static constexpr std::size_t kFirstSweep = 1'024;

  std::unordered_set<TextBody, BodyHash, BodyEqual> bodies_;
  std::size_t next_sweep_ = kFirstSweep;
};

}  // namespace

const std::string& SharedText::Empty() {
  static const std::string kEmpty;
  return kEmpty;
}

SharedText Shared(std::string_view text) {
  static thread_local TextPool pool;
  SharedText shared;
  if (!text.empty()) shared.body_ = pool.Get(text);
  return shared;
}

const TextMap::Map& TextMap::Empty() {
  static const Map kEmpty;
  return kEmpty;
}

TextMap::Map& TextMap::Own() {
  if (body_.use_count() != 1) body_ = std::make_shared<Map>(map());
  return *body_;
}

const TextList::List& TextList::Empty() {
  static const List kEmpty;
  return kEmpty;
}

void TextList::push_back(std::string text) {
  if (body_.use_count() != 1) body_ = std::make_shared<List>(list());
  body_->push_back(std::move(text));
}

TextMap Shared(TextMap map) {
  if (map.empty()) return {};
  std::size_t hash = 0;
  for (const auto& [key, value] : map) hash = Mix(Mix(hash, key), value);
  return Remembered(std::move(map), hash);
}

TextList Shared(TextList list) {
  if (list.empty()) return {};
  std::size_t hash = 0;
  for (const std::string& text : list) hash = Mix(hash, text);
  return Remembered(std::move(list), hash);
}

}  // namespace mpl::objects
