#include "collector/parse/summary.h"

#include <boost/json/basic_parser_impl.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "kube/base/time.h"

namespace mpl::parse {
namespace {

using boost::json::error_code;
using boost::json::string_view;

constexpr std::size_t kDeepest = 100;  // levels; a Summary has seven

struct Figures {
  std::optional<TimePoint> time;  // of the CPU's sample
  std::optional<std::uint64_t> nanocores;
  std::optional<std::uint64_t> memory_bytes;

  store::SummaryReading Reading() const {
    if (!time) return {};
    return {.time = *time,
            .cpu_nanocores = nanocores.value_or(0),
            .memory_bytes = memory_bytes.value_or(0),
            .has_cpu = nanocores.has_value(),
            .has_memory = memory_bytes.has_value()};
  }
};

// Takes the few fields that are wanted as the parser comes by them. A DOM of all the others costs
// six times as much, nlohmann's SAX parser four times.
class SummaryReader {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  // Nothing where the text is JSON but no Summary.
  std::optional<Summary> Take() {
    if (!has_node_ || !pods_fit_) return std::nullopt;
    Summary summary;
    summary.batch.node = node_.Reading();
    summary.batch.containers = std::move(containers_);
    summary.names = std::move(names_);
    return summary;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  bool on_null(error_code&) { return Null(); }
  bool on_bool(bool, error_code&) { return Other(); }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_double(double, string_view, error_code&) { return Other(); }
  bool on_uint64(std::uint64_t, string_view, error_code&) { return Other(); }  // from 2^63 on
  bool on_int64(std::int64_t value, string_view, error_code&) {
    if (value < 0) return Other();
    const auto number = static_cast<std::uint64_t>(value);
    if (IsField(At::kCpu, "usageNanoCores")) figures().nanocores = number;
    if (IsField(At::kMemory, "workingSetBytes")) figures().memory_bytes = number;
    return Other();
  }
  bool on_string_part(string_view part, std::size_t, error_code&) { return Part(part); }
  bool on_string(string_view part, std::size_t, error_code&) {
    const std::string_view value = Whole(part);
    if (IsField(At::kCpu, "time")) figures().time = ParseRfc3339(value);
    if (IsField(At::kPodRef, "name")) pod_ = Keep(value);
    if (IsField(At::kPodRef, "namespace")) ns_ = Keep(value);
    if (IsField(At::kContainer, "name")) container_ = Keep(value);
    return Other();
  }
  bool on_key_part(string_view part, std::size_t, error_code&) { return Part(part); }
  bool on_key(string_view part, std::size_t, error_code&) {
    key_ = Whole(part);
    return true;
  }

  bool on_object_begin(error_code&) {
    Other();
    path_.push_back(ObjectHere());
    if (path_.back() == At::kPod) BeginPod();
    if (path_.back() == At::kContainer) BeginContainer();
    return true;
  }
  bool on_object_end(std::size_t, error_code&) {
    if (path_.back() == At::kPod) EndPod();
    if (path_.back() == At::kContainer) EndContainer();
    path_.pop_back();
    return true;
  }
  bool on_array_begin(error_code&) {
    Null();
    At at = At::kOther;
    if (IsField(At::kRoot, "pods")) at = At::kPods;
    if (IsField(At::kPod, "containers")) at = At::kContainers;
    path_.push_back(at);
    return true;
  }
  bool on_array_end(std::size_t, error_code&) {
    path_.pop_back();
    return true;
  }

 private:
  enum class At {
    kRoot,
    kNode,
    kPods,
    kPod,
    kPodRef,
    kContainers,
    kContainer,
    kCpu,
    kMemory,
    kOther
  };

  bool IsField(At at, std::string_view name) const {
    return !path_.empty() && path_.back() == at && key_ == name;
  }

  bool Null() {
    has_node_ = has_node_ || IsField(At::kRoot, "node");
    return true;
  }
  // A value that is neither null nor an array.
  bool Other() {
    pods_fit_ = pods_fit_ && !IsField(At::kRoot, "pods");
    return Null();
  }

  // Texts with escapes come in parts.
  bool Part(string_view part) {
    parts_.append(part.data(), part.size());
    return true;
  }
  std::string_view Whole(string_view last) {
    if (parts_.empty()) return {last.data(), last.size()};
    Part(last);
    whole_ = std::exchange(parts_, {});
    return whole_;
  }

  At ObjectHere() const {
    if (path_.empty()) return At::kRoot;
    switch (path_.back()) {
      case At::kRoot:
        return key_ == "node" ? At::kNode : At::kOther;
      case At::kPods:
        return At::kPod;
      case At::kPod:
        return key_ == "podRef" ? At::kPodRef : At::kOther;
      case At::kContainers:
        return At::kContainer;
      case At::kNode:
      case At::kContainer:
        if (key_ == "cpu") return At::kCpu;
        return key_ == "memory" ? At::kMemory : At::kOther;
      default:
        return At::kOther;
    }
  }

  // Of the node or the container within which we are.
  Figures& figures() { return path_[1] == At::kNode ? node_ : of_container_; }

  std::string_view Keep(std::string_view text) { return names_->emplace_back(text); }

  void BeginPod() {
    ns_ = pod_ = {};
    pod_begins_ = containers_.size();
  }
  void BeginContainer() {
    container_ = {};
    of_container_ = {};
  }
  void EndContainer() {
    const store::SummaryReading reading = of_container_.Reading();
    if (reading.has_cpu && reading.has_memory) containers_.push_back({{}, {}, container_, reading});
  }
  // The pod's name may stand behind its containers.
  void EndPod() {
    for (std::size_t i = pod_begins_; i < containers_.size(); ++i) {
      containers_[i].ns = ns_;
      containers_[i].pod = pod_;
    }
  }

  std::vector<At> path_;
  std::string key_;  // within the innermost object
  std::string parts_;
  std::string whole_;
  bool has_node_ = false;
  bool pods_fit_ = true;
  std::shared_ptr<std::deque<std::string>> names_ = std::make_shared<std::deque<std::string>>();
  Figures node_;
  std::vector<store::SummaryBatch::Container> containers_;
  std::size_t pod_begins_ = 0;
  std::string_view ns_, pod_, container_;
  Figures of_container_;
};

}  // namespace

Result<Summary> ParseSummary(std::string_view body) {
  boost::json::parse_options options;
  options.max_depth = kDeepest;
  boost::json::basic_parser<SummaryReader> parser(options);
  error_code error;
  const std::size_t read = parser.write_some(false, body.data(), body.size(), error);
  if (!error && parser.done() && read == body.size()) {
    if (auto summary = parser.handler().Take()) return *std::move(summary);
  }
  return Fail(ErrorKind::kMalformed, "/stats/summary: not the JSON of a Summary");
}

}  // namespace mpl::parse
