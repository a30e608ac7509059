#include "bench/apiserver/server.h"

#include <netinet/in.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

#include "bench/serving/sockets.h"

namespace mpl::bench {
namespace {

constexpr int kTickMs = 1000;

TlsContext ContextWith(const std::string& certificate_file, const std::string& key_file) {
  TlsContext context = MakeTlsContext();
  const char* certificate = certificate_file.c_str();
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate) != 1) {
    throw std::runtime_error("no certificate in " + certificate_file);
  }
  const char* key = key_file.c_str();
  if (SSL_CTX_use_PrivateKey_file(context.get(), key, SSL_FILETYPE_PEM) != 1) {
    throw std::runtime_error("no key of that certificate in " + key_file);
  }
  return context;
}

}  // namespace

ApiServer::ApiServer(const ApiServerOptions& options, Registry& registry)
    : registry_(registry),
      api_(registry, options.users, counters_),
      control_(registry, counters_),
      context_(ContextWith(options.certificate_file, options.key_file)) {
  listener_ = Listen(INADDR_LOOPBACK, options.port);
  control_listener_ = Listen(INADDR_LOOPBACK, options.control_port);
  signals_ = TerminationSignals();
  for (const int descriptor : {listener_, control_listener_, signals_}) poller_.Add(descriptor);
}

ApiServer::~ApiServer() {
  connections_.clear();
  for (const int descriptor : {listener_, control_listener_, signals_}) close(descriptor);
}

void ApiServer::Run() {
  for (std::int64_t tick = NowMs() + kTickMs;;) {
    const auto ready = poller_.Wait(connections_.empty() ? -1 : kTickMs);
    const std::int64_t now = NowMs();
    for (const int descriptor : ready) {
      if (descriptor == signals_) return;
      if (descriptor == listener_) {
        AcceptAll(now);
      } else if (descriptor == control_listener_) {
        AnswerControl(now);
      } else {
        Advance(descriptor, now);
      }
    }
    if (now < tick) continue;
    tick = now + kTickMs;
    AdvanceStreams(now);
  }
}

void ApiServer::AcceptAll(std::int64_t now_ms) {
  for (;;) {
    const int descriptor = Accept(listener_);
    if (descriptor < 0) return;
    ++counters_.accepted;
    poller_.Add(descriptor);
    connections_[descriptor] =
        std::make_unique<ApiConnection>(descriptor, context_.get(), api_, counters_);
    Advance(descriptor, now_ms);
  }
}

void ApiServer::Advance(int descriptor, std::int64_t now_ms) {
  const auto found = connections_.find(descriptor);
  if (found == connections_.end()) return;
  ApiConnection& connection = *found->second;
  const ApiConnection::Wish wish = connection.Advance(now_ms);
  if (wish == ApiConnection::Wish::kClose) {
    connections_.erase(found);
    return;
  }
  const bool write = wish == ApiConnection::Wish::kWrite;
  if (write == connection.wants_write) return;
  connection.wants_write = write;
  poller_.Change(descriptor, write ? Poller::For::kWriting : Poller::For::kReading);
}

void ApiServer::AdvanceStreams(std::int64_t now_ms) {
  std::vector<int> streams;  // a connection that ends leaves the map
  for (const auto& [descriptor, connection] : connections_) {
    if (connection->streams()) streams.push_back(descriptor);
  }
  for (const int descriptor : streams) Advance(descriptor, now_ms);
}

void ApiServer::AnswerControl(std::int64_t now_ms) {
  const std::uint64_t before = registry_.version();
  ServeControl(control_listener_, [this, now_ms](const Query& query) -> ControlAnswer {
    if (query.path != "/drop") return control_.Answer(query, now_ms);
    connections_.clear();
    return {.body = "{}"};
  });
  if (registry_.version() != before) AdvanceStreams(now_ms);
}

}  // namespace mpl::bench
