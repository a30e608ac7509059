#include "bench/kubelets/server.h"

#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>

#include "bench/serving/sockets.h"

namespace mpl::bench {

Server::Server(const ServerOptions& options, Fleet& fleet, const Certificates& certificates)
    : fleet_(fleet),
      certificates_(certificates),
      face_(fleet, options.gzip, options.pace, counters_),
      control_(fleet, counters_, options.port) {
  // One listener for 5,000 addresses; what does not come over loopback is turned away at the door.
  listener_ = Listen(INADDR_ANY, options.port);
  control_listener_ = Listen(INADDR_LOOPBACK, options.control_port);
  signals_ = TerminationSignals();
  for (const int descriptor : {listener_, control_listener_, signals_}) poller_.Add(descriptor);
}

Server::~Server() {
  connections_.clear();
  for (const int descriptor : {listener_, control_listener_, signals_}) close(descriptor);
}

void Server::Run() {
  for (;;) {
    const auto ready = poller_.Wait(Patience(NowMs()));
    const std::int64_t now = NowMs();
    for (const int descriptor : ready) {
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
    const int descriptor = Accept(listener_);
    if (descriptor < 0) return;
    const auto node = NodeOfAddress(LocalAddress(descriptor));
    if (!node || *node >= fleet_.size()) {
      close(descriptor);
      continue;
    }
    ++counters_.accepted;
    poller_.Add(descriptor);
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
  poller_.Change(connection.descriptor(), write ? Poller::For::kWriting : Poller::For::kReading);
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
  ServeControl(control_listener_, [this, now_ms](const Query& query) -> ControlAnswer {
    if (query.path != "/drop") return control_.Answer(query, now_ms);
    connections_.clear();
    return {.body = "{}"};
  });
}

}  // namespace mpl::bench
