// The synthetic cluster that every part of bench/ agrees on: names, addresses and what each
// container uses. Pure arithmetic on (node, slot, container): nothing is stored, so that the
// kubelet simulator, the object writer and the comparison say the same without talking to each
// other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mpl::bench {

inline constexpr int kMaxNodes = 19'000;  // the limit of open files of a common computer is 20,000
inline constexpr int kMaxPods = 500;
inline constexpr int kMaxContainers = 4;

struct ClusterShape {
  int nodes = 1;
  int pods = 30;       // of each node
  int containers = 2;  // of each pod
};

inline constexpr int kNodesPerBlock = 500;      // that share their namespaces
inline constexpr int kNamespacesPerBlock = 10;  // a pod's is its slot's last digit
// Slot 0 of the first nodes makes two small namespaces.
inline constexpr int kTinyNamespacePods = 10;
inline constexpr int kSmallNamespacePods = 300;

// A pod is a slot of a node; the pod that replaces another one in its slot is the next generation.
struct PodKey {
  int node = 0;
  int slot = 0;
  int generation = 0;
};

std::string NodeName(int node);     // "node-00017"
std::string NodeAddress(int node);  // "127.1.0.18": kubelets are told apart by their address
// Of a destination address in host byte order; nothing for one that is no node's.
std::optional<int> NodeOfAddress(std::uint32_t address);

std::string PodName(PodKey pod);  // "deployment-003-6f7c9d8b5-00017-00"
// The way back; the generation is the name's two digits. Nothing for other names.
std::optional<PodKey> ParsePodName(std::string_view name);
std::optional<int> ParseNodeName(std::string_view name);
// Ten namespaces for each 500 nodes, each with 50 pods of a slot: 1,500 pods at 30 pods a node.
// Slot 0 of the first ten nodes makes "small-010", of the next 300 "small-300", so that those have
// as many.
std::string NamespaceOf(int node, int slot);
std::string WorkloadName(int slot);             // "deployment-003", the label "app"
std::string_view ContainerName(int container);  // "app", "logger", …: sorted

// Constant, so that whichever two samples a server takes, the rate is the same number.
int CpuMillicores(int node, int slot, int container);         // 1 to 250
std::int64_t MemoryBytes(int node, int slot, int container);  // 50 to 99 MB
inline constexpr int kNodeOwnMillicores = 100;                // the system's part, beside the pods
inline constexpr std::int64_t kNodeOwnBytes = 1 << 30;        // likewise

// cAdvisor looks at each container every ten seconds, each at its own moment.
inline constexpr std::int64_t kHousekeepingMs = 10'000;
// The last look before `now_ms`. Container -1: the node itself (slot is ignored).
std::int64_t SampleTimeMs(int node, int slot, int container, std::int64_t now_ms);

}  // namespace mpl::bench
