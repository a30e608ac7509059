#include "bench/kubelets/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace mpl::bench {
namespace {

std::int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int Listen(std::uint32_t address, std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(address);
  if (bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof(at)) != 0 ||
      listen(listener, 4096) != 0) {
    throw std::runtime_error("cannot listen on port " + std::to_string(port) + ": " +
                             std::strerror(errno));
  }
  return listener;
}

std::uint32_t LocalAddress(int descriptor) {
  sockaddr_in at{};
  socklen_t size = sizeof(at);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &size) != 0) return 0;
  return ntohl(at.sin_addr.s_addr);
}

int TerminationSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

Server::Server(const ServerOptions& options, Fleet& fleet, const Certificates& certificates)
    : fleet_(fleet),
      certificates_(certificates),
      face_(fleet, options.gzip, options.pace, counters_),
      control_(fleet, counters_, options.port) {
  poll_ = epoll_create1(EPOLL_CLOEXEC);
  // One listener for 5,000 addresses; what does not come over loopback is turned away at the door.
  listener_ = Listen(INADDR_ANY, options.port);
  control_listener_ = Listen(INADDR_LOOPBACK, options.control_port);
  signals_ = TerminationSignals();
  for (const int descriptor : {listener_, control_listener_, signals_}) {
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
  }
}

Server::~Server() {
  connections_.clear();
  for (const int descriptor : {poll_, listener_, control_listener_, signals_}) close(descriptor);
}

void Server::Run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int count = epoll_wait(poll_, events.data(), events.size(), Patience(NowMs()));
    const std::int64_t now = NowMs();
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == signals_) return;
      if (descriptor == listener_) {
        AcceptAll(now);
      } else if (descriptor == control_listener_) {
        AnswerControl(now);
      } else if (const auto found = connections_.find(descriptor); found != connections_.end()) {
        Advance(*found->second, now);
      }
    }
    Resume(now);
  }
}

int Server::Patience(std::int64_t now_ms) const {
  if (delayed_.empty()) return -1;
  return static_cast<int>(std::max<std::int64_t>(0, delayed_.begin()->first - now_ms));
}

void Server::AcceptAll(std::int64_t now_ms) {
  for (;;) {
    const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    const auto node = NodeOfAddress(LocalAddress(descriptor));
    if (!node || *node >= fleet_.size()) {
      close(descriptor);
      continue;
    }
    ++counters_.accepted;
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
    epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
    auto& made = connections_[descriptor];
    made = std::make_unique<Connection>(descriptor, *node, certificates_, fleet_, face_, counters_);
    Advance(*made, now_ms);
  }
}

void Server::Advance(Connection& connection, std::int64_t now_ms) {
  const Connection::Wish wish = connection.Advance(now_ms);
  if (wish == Connection::Wish::kClose) return Drop(connection);
  if (wish == Connection::Wish::kDelay) {
    delayed_.emplace(connection.resume_ms(), connection.descriptor());
  }
  const bool write = wish == Connection::Wish::kWrite;
  if (write == connection.wants_write) return;
  connection.wants_write = write;
  epoll_event event{.events = write ? EPOLLOUT : EPOLLIN, .data = {.fd = connection.descriptor()}};
  epoll_ctl(poll_, EPOLL_CTL_MOD, connection.descriptor(), &event);
}

void Server::Drop(Connection& connection) { connections_.erase(connection.descriptor()); }

// A descriptor may belong to another connection by now: that one looks again, which harms nobody.
void Server::Resume(std::int64_t now_ms) {
  while (!delayed_.empty() && delayed_.begin()->first <= now_ms) {
    const int descriptor = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    const auto found = connections_.find(descriptor);
    if (found != connections_.end()) Advance(*found->second, now_ms);
  }
}

void Server::AnswerControl(std::int64_t now_ms) {
  const int descriptor = accept4(control_listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (descriptor < 0) return;
  const auto outcome = control_.Serve(descriptor, now_ms);
  close(descriptor);
  if (outcome == Control::Outcome::kDropConnections) connections_.clear();
}

}  // namespace mpl::bench
