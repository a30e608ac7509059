#include "bench/serving/control_port.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace mpl::bench {
namespace {

constexpr std::size_t kLongestHead = 65'536;

std::string ReadHead(int descriptor) {
  std::string head;
  std::array<char, 4096> bytes{};
  while (!head.contains("\r\n\r\n") && head.size() < kLongestHead) {
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

void ServeControl(int listener, const std::function<ControlAnswer(const Query&)>& answer) {
  const int descriptor = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor < 0) return;
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  const std::string head = ReadHead(descriptor);
  if (const auto query = ReadQuery(head)) {
    const auto [status, body] = answer(*query);
    WriteAll(descriptor,
             "HTTP/1.1 " + std::to_string(status) +
                 " -\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  close(descriptor);
}

}  // namespace mpl::bench
