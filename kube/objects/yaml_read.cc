#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "kube/base/text.h"
#include "kube/objects/yaml.h"

namespace mpl::objects {
namespace {

constexpr int kMostValues = 100'000;
constexpr std::size_t kDeepest = 100;

// Ends in ParseYaml, as the library's own.
[[noreturn]] void RefuseAt(const YAML::Mark& mark, const char* why) {
  throw YAML::RepresentationException(mark, why);
}

Json PlainScalar(const std::string& text) {
  if (text == "true" || text == "false") return text == "true";
  std::int64_t integer = 0;
  const char* end = text.data() + text.size();
  if (auto [stop, error] = std::from_chars(text.data(), end, integer);
      error == std::errc{} && stop == end) {
    return integer;
  }
  double number = 0;
  if (auto [stop, error] = std::from_chars(text.data(), end, number);
      error == std::errc{} && stop == end &&
      text.find_first_not_of("0123456789+-.eE") == text.npos) {
    return number;
  }
  return text;
}

// Makes JSON of each document as the parser goes through it. Aliases are written out: a few lines
// could stand for more than any memory holds, so what is made is counted, not what is read.
// yaml-cpp's own tree of nodes would cost more, and gives no say before it is whole.
//
// Faults of yaml-cpp 0.7.0 that end here (test/fuzz found them): documents without end and without
// a byte of their own; "\N" and "\_" as single bytes, which are no UTF-8.
class DocumentBuilder final : public YAML::EventHandler {
 public:
  // Of the document that has just been read.
  Json Take() { return std::move(root_.json); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // What can begin no document, as "," behind "{}", is answered with empty ones for ever.
    if (began_ && *began_ == mark.pos) RefuseAt(mark, "nothing can follow the document here");
    began_ = mark.pos;
    root_ = {};
    made_ = 0;
    anchors_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(mark, anchor, {.json = nullptr}, 1);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!IsUtf8(value)) RefuseAt(mark, "\\N and \\_ in quotes: write \\u0085 and \\u00a0");
    const bool text = tag == "!" || tag == "tag:yaml.org,2002:str";  // "!": quoted
    Value scalar{.json = text ? Json(value) : PlainScalar(value)};
    if (!AwaitsKey()) return Add(mark, anchor, std::move(scalar), 1);
    Keep(mark, anchor, scalar);
    open_.back().key = value;
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end()) RefuseAt(mark, "an alias must not stand within what it names");
    Add(mark, YAML::NullAnchor, named->second, named->second.values);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, anchor, Json::array());
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(mark, anchor, Json::object());
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Value {
    Json json;
    int values = 1;  // with those within it
    std::size_t levels = 0;
  };
  struct Unfinished {
    Value value;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::optional<std::string> key;  // whose value comes next
  };

  bool AwaitsKey() const {
    return !open_.empty() && open_.back().value.json.is_object() && !open_.back().key;
  }

  void Open(const YAML::Mark& mark, YAML::anchor_t anchor, Json empty) {
    if (AwaitsKey()) RefuseAt(mark, "a key must be text");
    if (open_.size() >= kDeepest) RefuseAt(mark, "nested deeper than 100 levels");
    open_.push_back({{.json = std::move(empty), .levels = 1}, mark, anchor, std::nullopt});
  }

  void Close() {
    Unfinished done = std::move(open_.back());
    open_.pop_back();
    Add(done.mark, done.anchor, std::move(done.value), 1);
  }

  void Count(const YAML::Mark& mark, int values) {
    made_ += values;
    if (made_ > kMostValues) RefuseAt(mark, "more than 100000 values, aliases written out");
  }

  // For the aliases that may come.
  void Keep(const YAML::Mark& mark, YAML::anchor_t anchor, const Value& value) {
    if (anchor == YAML::NullAnchor) return;
    Count(mark, value.values);
    anchors_.insert_or_assign(anchor, value);
  }

  // `made`: how many of its values are new.
  void Add(const YAML::Mark& mark, YAML::anchor_t anchor, Value value, int made) {
    if (AwaitsKey()) RefuseAt(mark, "a key must be text");
    if (open_.size() + value.levels > kDeepest) RefuseAt(mark, "nested deeper than 100 levels");
    Count(mark, made);
    Keep(mark, anchor, value);
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Unfinished& parent = open_.back();
    parent.value.values += value.values;
    parent.value.levels = std::max(parent.value.levels, value.levels + 1);
    if (parent.value.json.is_array()) {
      parent.value.json.push_back(std::move(value.json));
    } else {
      parent.value.json[*std::exchange(parent.key, std::nullopt)] = std::move(value.json);
    }
  }

  std::optional<int> began_;  // where the last document did
  Value root_;
  std::vector<Unfinished> open_;
  std::unordered_map<YAML::anchor_t, Value> anchors_;
  int made_ = 0;  // values, of this document
};

}  // namespace

// YAML 1.2.2, chapter 5.1: NUL is no character of a text. yaml-cpp would take one among the first
// bytes for a sign of UTF-16 or UTF-32.
bool IsYamlText(std::string_view text) {
  return text.find('\0') == std::string_view::npos && IsUtf8(text);
}

Result<std::vector<Json>> ParseYaml(std::string_view text) {
  if (!IsYamlText(text)) return Fail(ErrorKind::kMalformed, "YAML: the text is not UTF-8");
  std::vector<Json> documents;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    DocumentBuilder builder;
    while (parser.HandleNextDocument(builder)) {
      Json document = builder.Take();
      if (!document.is_null()) documents.push_back(std::move(document));
    }
  } catch (const YAML::Exception& fault) {  // yaml-cpp has no other way to say it
    return Fail(ErrorKind::kMalformed, "YAML line " + std::to_string(fault.mark.line + 1) +
                                           ", column " + std::to_string(fault.mark.column + 1) +
                                           ": " + fault.msg);
  }
  return documents;
}

}  // namespace mpl::objects
