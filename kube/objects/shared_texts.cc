#include "kube/objects/shared_texts.h"

#include <array>
#include <functional>

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

}  // namespace

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
