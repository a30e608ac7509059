#include "bench/workload/cluster.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mpl::bench {
namespace {

constexpr std::uint32_t kFirstAddress = 0x7F010001;  // 127.1.0.1

// Steele, Lea and Flood's splitmix64 finaliser: neighbours get unlike numbers.
std::uint64_t Mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

std::uint64_t Hash(int node, int slot, int container) {
  return Mix((static_cast<std::uint64_t>(node) << 20U) + (static_cast<std::uint64_t>(slot) << 4U) +
             static_cast<std::uint64_t>(container + 1));
}

// A formatting library would be half of what a body costs.
std::string Put(std::string text, std::size_t at, int width, int value) {
  for (int i = width - 1; i >= 0; --i, value /= 10) {
    text[at + static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  }
  return text;
}

// 0 for what is none: the caller compares with the name that the number makes.
int Number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return std::max(0, value);
}

}  // namespace

std::string NodeName(int node) { return Put("node-00000", 5, 5, node); }

std::string NodeAddress(int node) {
  const std::uint32_t at = kFirstAddress + static_cast<std::uint32_t>(node);
  const auto part = [at](unsigned shift) { return std::to_string((at >> shift) & 255U); };
  return part(24) + "." + part(16) + "." + part(8) + "." + part(0);
}

std::optional<int> NodeOfAddress(std::uint32_t address) {
  if (address < kFirstAddress || address - kFirstAddress >= kMaxNodes) return std::nullopt;
  return static_cast<int>(address - kFirstAddress);
}

std::string WorkloadName(int slot) { return Put("deployment-000", 11, 3, slot); }

std::string PodName(PodKey pod) {
  std::string name = Put("deployment-000-6f7c9d8b5-00000-00", 11, 3, pod.slot);
  return Put(Put(std::move(name), 25, 5, pod.node), 31, 2, pod.generation % 100);
}

std::optional<PodKey> ParsePodName(std::string_view name) {
  if (name.size() != PodName({}).size()) return std::nullopt;
  const PodKey key{Number(name.substr(25, 5)), Number(name.substr(11, 3)),
                   Number(name.substr(31, 2))};
  if (PodName(key) != name) return std::nullopt;
  return key;
}

std::optional<int> ParseNodeName(std::string_view name) {
  if (name.size() != NodeName(0).size()) return std::nullopt;
  const int node = Number(name.substr(5));
  if (NodeName(node) != name) return std::nullopt;
  return node;
}

std::string NamespaceOf(int node, int slot) {
  if (slot == 0 && node < kTinyNamespacePods) return "small-010";
  if (slot == 0 && node < kTinyNamespacePods + kSmallNamespacePods) return "small-300";
  return Put(Put("team-00-0", 5, 2, node / kNodesPerBlock), 8, 1, slot % kNamespacesPerBlock);
}

std::string_view ContainerName(int container) {
  constexpr std::array<std::string_view, kMaxContainers> kNames = {"app", "logger", "proxy",
                                                                   "sidecar"};
  return kNames.at(static_cast<std::size_t>(container));
}

int CpuMillicores(int node, int slot, int container) {
  return 1 + static_cast<int>(Hash(node, slot, container) % 250);
}

std::int64_t MemoryBytes(int node, int slot, int container) {
  const std::uint64_t pages = (Hash(node, slot, container) >> 16U) % 12'000;
  constexpr std::int64_t kPage = 4096;
  return 50'000'000 / kPage * kPage + static_cast<std::int64_t>(pages) * kPage;
}

std::int64_t SampleTimeMs(int node, int slot, int container, std::int64_t now_ms) {
  const std::uint64_t seed = container < 0 ? Hash(node, 0, -1) : Hash(node, slot, container);
  const auto phase = static_cast<std::int64_t>((seed >> 32U) % kHousekeepingMs);
  return now_ms - (now_ms - phase) % kHousekeepingMs;
}

}  // namespace mpl::bench
