#include "bench/kubelets/control.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>

#include "bench/workload/objects.h"

namespace mpl::bench {
namespace {

NodeRange RangeOf(const Query& query) {
  return {NumberParameter(query.query, "from", 0), NumberParameter(query.query, "count", 1)};
}

std::string ReadHead(int descriptor) {
  std::string head;
  std::array<char, 4096> bytes{};
  while (!head.contains("\r\n\r\n") && head.size() < 65'536) {
    const auto got = recv(descriptor, bytes.data(), bytes.size(), 0);
    if (got <= 0) break;
    head.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return head;
}

void WriteAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

Control::Outcome Control::Serve(int descriptor, std::int64_t now_ms) {
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const std::string head = ReadHead(descriptor);
  Outcome outcome = Outcome::kDone;
  const auto query = ReadQuery(head);
  if (!query) return outcome;
  int status = 200;
  const std::string body = Answer(*query, now_ms, status, outcome);
  WriteAll(descriptor,
           "HTTP/1.1 " + std::to_string(status) +
               " -\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body);
  return outcome;
}

std::string Control::Answer(const Query& query, std::int64_t now_ms, int& status,
                            Outcome& outcome) {
  if (query.path == "/counters") return counters_.ToJson();
  if (query.path.starts_with("/objects/")) return Objects(query);
  if (query.path == "/drop") {
    outcome = Outcome::kDropConnections;
    return "{}";
  }
  return Change(query, now_ms, status);
}

std::string Control::Objects(const Query& query) const {
  const NodeRange range = RangeOf(query);
  const int end = std::min(fleet_.size(), range.from + range.count);
  std::string lines;
  for (int node = std::max(0, range.from); node < end; ++node) {
    if (query.path == "/objects/nodes") {
      lines += NodeObject(node, kubelet_port_) + "\n";
      continue;
    }
    const NodeState& state = fleet_.node(node);
    for (int slot = 0; slot < static_cast<int>(state.pods.size()); ++slot) {
      if (state.pods[static_cast<std::size_t>(slot)].present)
        lines += PodObject(state, slot) + "\n";
    }
  }
  return lines;
}

std::string Control::Change(const Query& query, std::int64_t now_ms, int& status) {
  std::string lines;
  const int count = NumberParameter(query.query, "count", 1);
  if (query.path == "/fault") {
    const auto kind = ParseFaultKind(Parameter(query.query, "kind"));
    if (!kind) {
      status = 400;
      return "unknown kind\n";
    }
    fleet_.SetFault(
        RangeOf(query),
        {*kind, std::chrono::milliseconds(NumberParameter(query.query, "delay_ms", 0))});
  } else if (query.path == "/replace") {
    for (const auto& [gone, born] : fleet_.ReplacePods(count, now_ms)) {
      lines += R"({"namespace":")" + NamespaceOf(gone.node, gone.slot) + R"(","gone":")" +
               PodName(gone) + R"(","born":)" + PodObject(fleet_.node(born.node), born.slot) +
               "}\n";
    }
  } else if (query.path == "/restart") {
    for (const PodKey& pod : fleet_.RestartPods(count, now_ms)) lines += PodName(pod) + "\n";
  } else if (query.path == "/present") {
    fleet_.SetPresent(RangeOf(query), NumberParameter(query.query, "slot", 0),
                      NumberParameter(query.query, "present", 1) != 0, now_ms);
  } else {
    status = 404;
    return "see bench/kubelets/control.h\n";
  }
  return lines;
}

}  // namespace mpl::bench
