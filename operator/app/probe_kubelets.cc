// Dials kubelets: first anybody's question over a connection that believes every certificate (and
// remembers it), then, where the certificate was verified, the same with a token.
#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "kube/net/http_client.h"
#include "operator/app/check.h"
#include "operator/diagnosis/trust.h"

namespace mpl::app {
namespace {

using diagnosis::KubeletProbe;

constexpr const char* kPath = "/metrics/resource";

struct Round {
  Round(const net::Executor& executor, std::vector<KubeletTarget> all, KubeletQuestions what)
      : targets(std::move(all)), questions(std::move(what)), finished(executor) {
    probes.resize(targets.size());
  }
  std::vector<KubeletTarget> targets;
  KubeletQuestions questions;
  std::vector<KubeletProbe> probes;
  std::size_t next = 0;
  std::size_t workers = 0;
  net::Signal finished;
};

// Only the status: the body may be large, and is nobody's concern here.
net::Task<Result<int>> AskStatus(KubeletTarget target,
                                 std::shared_ptr<const net::TlsClientContext> tls,
                                 std::string token, Duration timeout) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  net::HttpClientOptions options;
  options.host = target.address;
  options.port = target.port;
  options.tls = std::move(tls);
  options.connect_timeout = timeout;
  options.max_idle_connections = 0;
  net::HttpClient kubelet(executor, std::move(options));
  http::Request request;
  request.target = kPath;
  if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
  const auto response = co_await kubelet.Open(std::move(request), timeout);
  if (!response) co_return std::unexpected(response.error());
  co_return response->status;
}

Result<std::shared_ptr<const net::TlsClientContext>> Believing(net::PeerVerifier verifier) {
  net::TlsClientOptions options;
  options.verifier = std::move(verifier);
  return net::TlsClientContext::Create(std::move(options));
}

net::Task<void> AskAnonymously(KubeletTarget target, Duration timeout, KubeletProbe& probe) {
  auto seen = std::make_shared<std::vector<x509::Certificate>>();
  const auto tls = Believing([seen](const std::vector<x509::Certificate>& chain) -> Result<void> {
    *seen = chain;
    return {};
  });
  if (!tls) {
    probe.failure = tls.error();
    co_return;
  }
  std::string no_token;
  const auto status = co_await AskStatus(std::move(target), *tls, std::move(no_token), timeout);
  if (status) {
    probe.anonymous = *status;
  } else {
    probe.failure = status.error();
  }
  probe.chain = std::move(*seen);
}

// The certificate is judged again inside this handshake: no byte of the token leaves before.
net::Task<void> AskWithToken(KubeletTarget target, std::shared_ptr<Round> round,
                             KubeletProbe& probe) {
  const auto tls = Believing(
      [round, names = target.names](const std::vector<x509::Certificate>& chain) -> Result<void> {
        if (chain.empty()) return Fail(ErrorKind::kUntrusted, "no certificate was presented");
        const auto verdict =
            diagnosis::JudgeByAuthority(chain, names, round->questions.roots, net::SystemNow());
        if (verdict.accepted()) return {};
        return Fail(ErrorKind::kUntrusted, verdict.reason);
      });
  if (!tls) co_return;
  std::string token = round->questions.token;
  const auto status =
      co_await AskStatus(std::move(target), *tls, std::move(token), round->questions.timeout);
  if (status) probe.with_token = *status;
}

net::Task<void> ProbeOne(std::shared_ptr<Round> round, std::size_t index) {
  const KubeletTarget target = round->targets[index];
  KubeletProbe& probe = round->probes[index];
  probe.node = target.node;
  probe.dialled = target.address;
  probe.names = target.names;
  probe.ready = target.ready;
  probe.token_may_scrape = round->questions.token_may_scrape;
  KubeletTarget first = target;
  co_await AskAnonymously(std::move(first), round->questions.timeout, probe);
  if (probe.chain.empty() || round->questions.token.empty()) co_return;
  const auto verdict = diagnosis::JudgeByAuthority(probe.chain, probe.names, round->questions.roots,
                                                   net::SystemNow());
  if (!verdict.accepted()) co_return;
  KubeletTarget second = target;
  co_await AskWithToken(std::move(second), round, probe);
}

// Counts a worker out, however it ends.
struct Leaving {
  Round& round;
  ~Leaving() {
    --round.workers;
    round.finished.Notify();
  }
};

net::Task<void> Work(std::shared_ptr<Round> round) {
  const Leaving leaving{*round};
  while (round->next < round->targets.size()) {
    const std::size_t index = round->next++;
    co_await ProbeOne(round, index);
  }
}

}  // namespace

net::Task<std::vector<KubeletProbe>> ProbeKubelets(std::vector<KubeletTarget> targets,
                                                   KubeletQuestions questions) {
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  const int at_once = std::max(1, questions.at_once);
  auto round = std::make_shared<Round>(executor, std::move(targets), std::move(questions));
  net::TaskGroup tasks(executor);
  for (int i = 0; i < at_once; ++i) {
    ++round->workers;
    tasks.Spawn("probe kubelets", Work(round));
  }
  // Each worker's questions have deadlines of their own.
  while (round->workers > 0) co_await round->finished.Wait();
  co_await tasks.Stop(std::chrono::seconds(1));
  co_return std::move(round->probes);
}

}  // namespace mpl::app
