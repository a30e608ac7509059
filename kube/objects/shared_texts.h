// Texts, and maps and lists of texts, that many objects have in common: the name of a node, the
// labels of all pods of a workload, the names of their containers. Copies share one body, and a
// writer gets a body of its own: with 150,000 pods that is the difference between 10 MB and 100.
//
// Const functions are thread-safe, and so are copies of one value in several threads.
#pragma once

#include <concepts>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mpl::objects {

// Behaves like the std::map that it holds, as far as Kubernetes objects need it.
class TextMap {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;
  using key_type = Map::key_type;
  using mapped_type = Map::mapped_type;
  using value_type = Map::value_type;
  using const_iterator = Map::const_iterator;
  using iterator = const_iterator;

  TextMap() = default;
  TextMap(std::initializer_list<value_type> entries) : TextMap(entries.begin(), entries.end()) {}
  template <class Iterator>
  TextMap(Iterator begin, Iterator end) {
    if (begin != end) body_ = std::make_shared<Map>(begin, end);
  }

  const Map& map() const { return body_ == nullptr ? Empty() : *body_; }
  const_iterator begin() const { return map().begin(); }
  const_iterator end() const { return map().end(); }
  const_iterator find(std::string_view key) const { return map().find(key); }
  bool contains(std::string_view key) const { return map().contains(key); }
  bool empty() const { return body_ == nullptr || body_->empty(); }
  std::size_t size() const { return map().size(); }
  // Then they are equal; equal ones need not be.
  bool SharesBodyWith(const TextMap& other) const { return body_ == other.body_; }
  const std::string& at(const std::string& key) const { return map().at(key); }

  std::string& operator[](const std::string& key) { return Own()[key]; }
  template <class... Args>
  void emplace(Args&&... args) {
    Own().emplace(std::forward<Args>(args)...);
  }
  void insert_or_assign(std::string key, std::string value) {
    Own().insert_or_assign(std::move(key), std::move(value));
  }
  template <class Iterator>
  void insert(Iterator begin, Iterator end) {
    if (begin != end) Own().insert(begin, end);
  }
  void erase(const std::string& key) {
    if (contains(key)) Own().erase(key);
  }
  void clear() { body_ = nullptr; }

  friend bool operator==(const TextMap& a, const TextMap& b) {
    return a.body_ == b.body_ || a.map() == b.map();
  }

 private:
  static const Map& Empty();
  // The body, shared with nobody.
  Map& Own();

  std::shared_ptr<Map> body_;  // null: empty
};

class TextList {
 public:
  using List = std::vector<std::string>;
  using value_type = List::value_type;
  using const_iterator = List::const_iterator;
  using iterator = const_iterator;

  TextList() = default;
  TextList(std::initializer_list<std::string> texts) {
    if (texts.size() > 0) body_ = std::make_shared<List>(texts);
  }

  const List& list() const { return body_ == nullptr ? Empty() : *body_; }
  const_iterator begin() const { return list().begin(); }
  const_iterator end() const { return list().end(); }
  bool empty() const { return body_ == nullptr || body_->empty(); }
  std::size_t size() const { return list().size(); }
  operator std::span<const std::string>() const { return list(); }  // NOLINT: it is one

  void push_back(std::string text);

  friend bool operator==(const TextList& a, const TextList& b) {
    return a.body_ == b.body_ || a.list() == b.list();
  }

 private:
  static const List& Empty();

  std::shared_ptr<List> body_;  // null: empty
};

// A text that does not change.
class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string text) {  // NOLINT: it is one
    if (!text.empty()) body_ = std::make_shared<const std::string>(std::move(text));
  }
  SharedText(const char* text) : SharedText(std::string(text)) {}  // NOLINT

  const std::string& text() const { return body_ == nullptr ? Empty() : *body_; }
  operator const std::string&() const { return text(); }  // NOLINT: it is one
  operator std::string_view() const { return text(); }    // NOLINT
  bool empty() const { return body_ == nullptr; }

  friend bool operator==(const SharedText& a, const std::convertible_to<std::string_view> auto& b) {
    return a.text() == std::string_view(b);
  }

 private:
  friend SharedText Shared(std::string_view text);
  static const std::string& Empty();

  std::shared_ptr<const std::string> body_;  // null: empty
};

// The same value, with the body of an equal one that this thread has shared and that is still in
// use.
SharedText Shared(std::string_view text);
// The same value, with the body of an equal one that this thread has seen lately, if there is one.
TextMap Shared(TextMap map);
TextList Shared(TextList list);

}  // namespace mpl::objects
