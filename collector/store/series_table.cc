#include "collector/store/series_table.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "kube/base/prefetch.h"

namespace mpl::store {
namespace {

// What Kubernetes allows (DNS labels, and a subdomain for the pod): what is longer is no name.
constexpr std::size_t kLongestNamespace = 63;
constexpr std::size_t kLongestPod = 253;
constexpr std::size_t kLongestContainer = 63;
static_assert(kLongestContainer < 1U << ContainerRow::kNameSizeBits);

// Of a mark: the number of the pod, below the edition of the table.
constexpr std::uint32_t kPodMask = (1U << ContainerRow::kPodBits) - 1;
// Of containers, and so of pods; a node that names other ones in every answer reaches it.
constexpr std::size_t kMostRows = kPodMask - 1;
// Of absent containers as many are kept as are present, and so many in any case: a node of 500 pods
// with 4 each may start all of them anew. A node that lies, with 20,000 other names in each answer
// (parse::kMostContainers), has twice as many rows then, of at most 80 B and 48 for a pod, 380 for
// names and some 250 for what is served: 40,000 x 760 B = 31 MB.
constexpr std::size_t kAbsentInAnyCase = 2'000;

// As Kubernetes has them; what has other characters could not be answered in JSON or protobuf.
bool IsName(std::string_view text, std::size_t longest) {
  return text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

bool IsNamed(const ContainerReading& reading) {
  return IsName(reading.ns, kLongestNamespace) && IsName(reading.pod, kLongestPod) &&
         IsName(reading.container, kLongestContainer);
}

}  // namespace

// A container of the table that is being made.
struct SeriesTable::Member {
  std::string_view ns;
  std::string_view pod;
  std::string_view container;
  std::uint32_t row;    // in the table as it was; kNone: new
  std::uint32_t place;  // in the answer; kNone: absent

  bool present() const { return place != kNone; }
  auto Key() const { return std::tie(ns, pod, container); }
};

// Members are sorted: those of one pod lie together.
template <class Do>
void SeriesTable::ForEachPod(std::span<const Member> members, Do with) {
  while (!members.empty()) {
    const auto of_other = std::ranges::find_if(members, [&](const Member& member) {
      return member.ns != members[0].ns || member.pod != members[0].pod;
    });
    const auto count = static_cast<std::size_t>(of_other - members.begin());
    with(members.first(count));
    members = members.subspan(count);
  }
}

bool SeriesTable::InAnswer(std::span<const Member> members) {
  return std::ranges::any_of(members, &Member::present);
}

bool SeriesTable::Is(const PodRow& pod, std::string_view ns, std::string_view name) const {
  return pod.name_size == name.size() && pod.ns_size == ns.size() && NameOf(pod) == name &&
         NamespaceOf(pod) == ns;
}

bool SeriesTable::Matches(const NodeBatch& batch) const {
  if (batch.containers.size() != order_.size()) return false;
  for (std::size_t k = 0; k < order_.size(); ++k) {
    if (order_[k] == kNone) return false;
    const ContainerReading& reading = batch.containers[k];
    const ContainerRow& row = rows_[order_[k]];
    if (NameOf(row) != reading.container || !Is(pods_[row.pod], reading.ns, reading.pod)) {
      return false;
    }
  }
  return true;
}

void SeriesTable::Names(std::vector<ContainerName>& out) const {
  out.clear();
  if (!plain_) return;
  for (const std::uint32_t at : order_) {
    if (at == kNone) return;
    const PodRow& pod = pods_[rows_[at].pod];
    out.push_back({NamespaceOf(pod), NameOf(pod), NameOf(rows_[at])});
  }
}

std::uint32_t SeriesTable::FindPod(std::string_view ns, std::string_view name) const {
  const auto key_of = [this](const PodRow& pod) {
    return std::pair(NamespaceOf(pod), NameOf(pod));
  };
  const auto found = std::ranges::lower_bound(pods_, std::pair(ns, name), {}, key_of);
  if (found == pods_.end() || !Is(*found, ns, name)) return kNone;
  return static_cast<std::uint32_t>(found - pods_.begin());
}

std::uint32_t SeriesTable::FindRow(std::string_view ns, std::string_view pod,
                                   std::string_view name) const {
  const std::uint32_t at = FindPod(ns, pod);
  if (at == kNone) return kNone;
  const auto rows = RowsOf(pods_[at]);
  const auto name_of = [this](const ContainerRow& row) { return NameOf(row); };
  const auto found = std::ranges::lower_bound(rows, name, {}, name_of);
  if (found == rows.end() || NameOf(*found) != name) return kNone;
  return static_cast<std::uint32_t>(pods_[at].first + (found - rows.begin()));
}

std::uint32_t SeriesTable::PodAt(std::uint64_t mark) const {
  const auto pod = static_cast<std::uint32_t>(mark & kPodMask);
  return mark == MarkOf(pod) && pod < pods_.size() ? pod : kNone;
}

void SeriesTable::FetchTable() const { Prefetch(this, sizeof(*this)); }

void SeriesTable::FetchPod(std::uint32_t pod) const {
  Prefetch(&pods_[pod], sizeof(PodRow));
  // Names of containers: of few images on a node, all.
  Prefetch(names_.data(), std::min(names_.size(), kCacheLine));
}

void SeriesTable::FetchRows(std::uint32_t pod) const {
  Prefetch(rows_.data() + pods_[pod].first, pods_[pod].count * sizeof(ContainerRow));
}

bool SeriesTable::HasOlderThan(Tick oldest) const {
  return std::ranges::any_of(
             pods_, [&](const PodRow& pod) { return !pod.present && pod.seen < oldest; }) ||
         std::ranges::any_of(
             rows_, [&](const ContainerRow& row) { return !row.present() && row.seen < oldest; });
}

void SeriesTable::Rebuild(const NodeBatch& batch, Tick last, Tick oldest) {
  std::vector<Member> members;
  members.reserve(batch.containers.size());
  for (std::uint32_t place = 0; place < batch.containers.size(); ++place) {
    const ContainerReading& reading = batch.containers[place];
    if (!IsNamed(reading)) continue;
    members.push_back({reading.ns, reading.pod, reading.container,
                       FindRow(reading.ns, reading.pod, reading.container), place});
  }
  Keep(members, last, oldest);
  std::ranges::sort(members, {}, &Member::Key);
  FreezeChanged(members);
  Build(members, batch.containers.size(), last);
}

void SeriesTable::RemovePod(std::uint32_t removed) {
  std::vector<std::uint32_t> places(rows_.size(), kNone);
  for (std::uint32_t place = 0; place < order_.size(); ++place) {
    if (order_[place] != kNone) places[order_[place]] = place;
  }
  std::vector<Member> members;
  for (std::uint32_t at = 0; at < rows_.size(); ++at) {
    if (rows_[at].pod == removed) continue;
    const PodRow& pod = pods_[rows_[at].pod];
    members.push_back({NamespaceOf(pod), NameOf(pod), NameOf(rows_[at]), at, places[at]});
  }
  Build(members, order_.size(), 0);
}

// What is absent goes with its own time, what was present in its pod with that of the pod.
Tick SeriesTable::SeenOf(const ContainerRow& row, Tick last) const {
  if (!row.present()) return row.seen;
  const PodRow& pod = pods_[row.pod];
  return pod.present ? last : pod.seen;
}

// What the answer lacks and is not too old; where that is too much, of the pods seen last. What is
// served of a pod that has gone is what all of its containers say: it stays whole or not at all.
void SeriesTable::Keep(std::vector<Member>& members, Tick last, Tick oldest) const {
  struct Pod {
    Tick seen;
    std::span<const Member> containers;
  };
  const std::vector<Member> absent = Absent(members, last, oldest);
  std::vector<Pod> pods;
  ForEachPod(absent, [&](std::span<const Member> of_pod) {
    Tick seen = 0;
    for (const Member& member : of_pod) seen = std::max(seen, SeenOf(rows_[member.row], last));
    pods.push_back({seen, of_pod});
  });
  std::ranges::stable_sort(pods, std::greater(), &Pod::seen);
  std::size_t room = std::min(std::max(members.size(), kAbsentInAnyCase),
                              kMostRows - std::min(kMostRows, members.size()));
  for (const Pod& pod : pods) {
    if (pod.containers.size() > room) continue;
    room -= pod.containers.size();
    members.insert(members.end(), pod.containers.begin(), pod.containers.end());
  }
}

std::vector<SeriesTable::Member> SeriesTable::Absent(std::span<const Member> members, Tick last,
                                                     Tick oldest) const {
  std::vector<bool> named(rows_.size());
  for (const Member& member : members) {
    if (member.row != kNone) named[member.row] = true;
  }
  std::vector<Member> absent;
  for (std::uint32_t at = 0; at < rows_.size(); ++at) {
    const ContainerRow& row = rows_[at];
    if (named[at] || SeenOf(row, last) < oldest) continue;
    const PodRow& pod = pods_[row.pod];
    absent.push_back({NamespaceOf(pod), NameOf(pod), NameOf(row), at, kNone});
  }
  return absent;
}

bool SeriesTable::WasPresent(const Member& member) const {
  return member.row != kNone && rows_[member.row].present();
}

void SeriesTable::FreezeChanged(std::span<const Member> members) {
  ForEachPod(members, [this](std::span<const Member> of_pod) {
    const std::uint32_t pod = FindPod(of_pod[0].ns, of_pod[0].pod);
    if (pod == kNone || !InAnswer(of_pod)) return;
    // Those that were present need not be among the members any more.
    const auto were = std::ranges::count_if(RowsOf(pods_[pod]), &ContainerRow::present);
    const auto are = std::ranges::count_if(of_pod, &Member::present);
    const auto stay = std::ranges::count_if(
        of_pod, [this](const Member& member) { return member.present() && WasPresent(member); });
    const bool changed = stay != were || stay != are;
    if (changed) FreezePod(*this, pods_[pod], std::mem_fn(&ContainerRow::basis));
  });
}

PodRow SeriesTable::TakePod(std::span<const Member> members, Tick last) {
  PodRow pod;
  const std::uint32_t before = FindPod(members[0].ns, members[0].pod);
  if (before != kNone) pod = std::move(pods_[before]);
  const bool was_present = before != kNone && pod.present;
  pod.present = InAnswer(members);
  if (!pod.present && was_present) pod.seen = last;
  return pod;
}

// The members are views into the old names: those go last.
void SeriesTable::Build(std::span<const Member> members, std::size_t batch_size, Tick last) {
  std::vector<PodRow> pods;
  std::vector<ContainerRow> rows;
  std::string names;
  // Many pods have the same. They come first: see FetchPod.
  std::map<std::string_view, std::uint32_t> container_names;
  for (const Member& member : members) {
    const auto at = static_cast<std::uint32_t>(names.size());
    if (container_names.try_emplace(member.container, at).second) names.append(member.container);
  }
  rows.reserve(members.size());
  order_.assign(batch_size, kNone);
  ForEachPod(members, [&](std::span<const Member> of_pod) {
    PodRow& pod = pods.emplace_back(TakePod(of_pod, last));
    pod.first = static_cast<std::uint32_t>(rows.size());
    pod.count = static_cast<std::uint32_t>(of_pod.size());
    pod.name_at = static_cast<std::uint32_t>(names.size());
    pod.ns_size = static_cast<std::uint16_t>(of_pod[0].ns.size());
    pod.name_size = static_cast<std::uint16_t>(of_pod[0].pod.size());
    names.append(of_pod[0].ns).append("/").append(of_pod[0].pod);
    for (const Member& member : of_pod) {
      const Tick seen = member.row == kNone ? 0 : SeenOf(rows_[member.row], last);
      ContainerRow row;
      if (member.row != kNone) row = std::move(rows_[member.row]);
      if (member.present()) {
        row.seen = ContainerRow::kPresent;
        order_[member.place] = static_cast<std::uint32_t>(rows.size());
      } else if (pod.present) {
        row.seen = seen;
      }
      row.name_at = container_names.find(member.container)->second;
      row.name_size = static_cast<std::uint32_t>(member.container.size());
      row.pod = static_cast<std::uint32_t>(pods.size() - 1);
      rows.push_back(std::move(row));
    }
  });
  pods.shrink_to_fit();
  names.shrink_to_fit();
  pods_ = std::move(pods);
  rows_ = std::move(rows);
  names_ = std::move(names);
  static std::atomic<std::uint64_t> editions = 0;
  edition_ = 1 + editions.fetch_add(1, std::memory_order_relaxed);
  plain_ = names_.find_first_of("\"\\\n") == std::string::npos;
}

}  // namespace mpl::store
