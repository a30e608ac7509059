// Reads what a kubelet answers at /metrics/resource.
//
// Families are known by their exact names (k8s.io/kubernetes pkg/kubelet/metrics/collectors/
// resource_metrics.go); all others are passed over. A line that cannot be understood is counted and
// costs nothing but itself. CPU seconds become whole nanoseconds straight from the decimal text.
//
// A last line without a newline is believed only if it ends in a full millisecond timestamp (13
// digits): a cut-off number is still a number, but a wrong one.
//
// The same container twice in one answer (a stuck old one beside its successor): the k-th line of
// each family belongs together; the newest start time wins, then the newest sample.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collector/store/batch.h"
#include "kube/base/time.h"

namespace mpl::parse {

struct Sample;

enum class FaultKind {
  kSyntax,        // no sample, or labels that do not parse
  kMissingLabel,  // a container's series without container, namespace or pod
  kValue,         // no number, negative, NaN, infinite or ≥ 2^63
  kTimestamp,     // not a positive number of milliseconds
  kDuplicate,     // a container that was there already
  kUnterminated,  // a last line that may be cut off
  kLimit,         // a container beyond kMostContainers
};
constexpr std::size_t kFaultKinds = 7;
// In one answer: a node runs some hundreds, and one that lies must not fill our memory.
constexpr std::size_t kMostContainers = 20'000;
std::string_view Name(FaultKind kind);  // "syntax", …: for metric labels

struct Exposition {
  store::NodeBatch batch;  // names point into the body or into `unescaped`
  std::array<std::uint64_t, kFaultKinds> faults{};
  // resource_scrape_error (before 1.29: scrape_error) was 1: the kubelet could not get its own
  // statistics, and the other families are missing.
  bool scrape_error = false;
  std::uint64_t samples = 0;  // understood, of the wanted families
  std::deque<std::string> unescaped;

  std::uint64_t Faults(FaultKind kind) const { return faults[static_cast<std::size_t>(kind)]; }
  // Empty again, with what it has allocated.
  void Clear();
};

// Keeps its working memory from one body to the next: use one per thread.
//
// Mostly a line repeats the labels that stood at the same place of the family before, or, in the
// first family, of the answer before: then they are compared and not read, and the number behind
// them is read in one go. All that is different goes the long way, line by line; both come to the
// same (test/fuzz).
class ExpositionParser {
 public:
  // `default_time` stands in for timestamps that are not there. The answer is good until the next
  // call, and as long as `body`; the caller may change it.
  // `known`: what the node's last answer named, in its order, each once and without a character
  // that needs an escape; a guess.
  Exposition& Parse(std::string_view body, TimePoint default_time,
                    std::span<const store::ContainerName> known = {});

 private:
  enum class Family { kCpu, kMemory, kSwap, kStart };
  struct Entry {
    store::ContainerReading value;
    std::string_view block;  // its labels as they stood on the line
    std::uint32_t next_in_bucket = 0;
    std::uint32_t next_twin = 0;
    bool twin = false;
    std::uint8_t families = 0;  // a bit for each that has had a line
  };

  // The line at the beginning of `text`, where all of it is as expected: its length with the
  // newline. Otherwise 0, and nothing has happened.
  std::size_t ExpectedLine(std::string_view text);
  // The same from its labels on, for the entry that should come next.
  std::size_t ExpectedSample(std::string_view text);
  bool AddKnown(std::string_view labels);
  // Of a family of which nothing is wanted, as is known without reading the line.
  bool IsPassedOver(std::string_view line) const;
  void PassOver(std::string_view line, std::string_view name);
  void Line(std::string_view line, bool terminated);
  void NodeLine(std::string_view line, Family family);
  bool ContinuesFamily(std::string_view line) const;
  void ContainerLine(std::string_view line, Family family);
  void Store(store::Reading& reading, Family family, std::uint64_t value, TimePoint time);
  bool Understand(std::string_view value, std::string_view timestamp, Family family,
                  std::uint64_t& number, TimePoint& time);
  std::uint32_t FindEntry(std::string_view block, Family family);
  std::uint32_t Lookup(std::string_view block);
  void Index(std::uint32_t entry);
  std::uint32_t Twin(std::uint32_t first, Family family);
  bool Full();
  void Rehash(std::size_t at_least);
  void Collect();
  void Count(FaultKind kind) { ++out_.faults[static_cast<std::size_t>(kind)]; }

  Exposition out_;
  TimePoint default_time_{};
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> buckets_;  // index + 1 of the first entry; 0: none
  std::uint32_t indexed_ = 0;           // so many entries are in the buckets
  // What the first entries should be, as long as all are; all others go by the buckets.
  std::span<const store::ContainerName> known_;
  Family family_ = Family::kCpu;  // of the last container line
  std::string_view family_name_;  // as it stood there; empty: no such line yet
  std::uint32_t expected_ = 0;    // the entry that should come next in this family
  std::string_view passed_over_;  // how the last line of a pod's or an unwanted family began
  // Of a first entry with twins: how far each family has got among them, as index + 1; 0: not
  // begun.
  std::unordered_map<std::uint32_t, std::array<std::uint32_t, 4>> reached_;
};

}  // namespace mpl::parse
