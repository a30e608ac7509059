#include "bench/serving/poller.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>

namespace mpl::bench {

Poller::Poller() : poll_(epoll_create1(EPOLL_CLOEXEC)) {}

Poller::~Poller() { close(poll_); }

void Poller::Add(int descriptor) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
  epoll_ctl(poll_, EPOLL_CTL_ADD, descriptor, &event);
}

void Poller::Change(int descriptor, For what) {
  const std::uint32_t events = what == For::kWriting ? EPOLLOUT : EPOLLIN;
  epoll_event event{.events = events, .data = {.fd = descriptor}};
  epoll_ctl(poll_, EPOLL_CTL_MOD, descriptor, &event);
}

std::span<const int> Poller::Wait(int patience_ms) {
  std::array<epoll_event, 256> events{};
  const int count = epoll_wait(poll_, events.data(), events.size(), patience_ms);
  const auto found = static_cast<std::size_t>(std::max(0, count));
  for (std::size_t i = 0; i < found; ++i) ready_[i] = events[i].data.fd;
  return std::span(ready_).first(found);
}

}  // namespace mpl::bench
