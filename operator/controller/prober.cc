#include "operator/controller/prober.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/plan/steady_text.h"

namespace mpl::controller {
namespace {

using plan::ApiProbe;
using plan::ReplicaReport;

constexpr const char* kApiPath = "/apis/metrics.k8s.io/v1beta1/nodes?limit=1";
// One lost answer is no outage.
constexpr int kFailuresToBelieve = 2;

Result<ReplicaReport> ReadReport(const Result<http::Response>& response) {
  if (!response) return std::unexpected(response.error());
  if (auto ok = client::KubeClient::CheckStatus(*response); !ok) {
    return std::unexpected(ok.error());
  }
  const objects::Json json = objects::Json::parse(response->body, nullptr, false);
  return plan::ParseReplicaReport(json);
}

}  // namespace

struct Prober::Case {
  Case(std::string pipeline, const net::Executor& executor)
      : name(std::move(pipeline)), news(executor) {}

  std::string name;
  net::Signal news;
  bool forgotten = false;
  Expectation expectation;
  Findings findings;
  int api_failures = 0;
  // Kept between rounds, so that asking costs no handshake.
  std::map<Endpoint, std::shared_ptr<net::HttpClient>> clients;
  std::shared_ptr<const net::TlsClientContext> tls;
  std::string tls_bundle;
};

struct Prober::Round {
  explicit Round(const net::Executor& executor) : finished(executor) {}
  std::vector<Result<ReplicaReport>> results;
  std::size_t open = 0;
  net::Signal finished;
};

bool IsSteady(const Expectation& expectation, const Findings& findings) {
  const bool all_run_it = std::ranges::all_of(findings.reports, [&](const ReplicaReport& report) {
    return report.config_hash == expectation.config_hash;
  });
  const auto ready = std::ranges::count_if(findings.reports, &ReplicaReport::ready);
  return all_run_it && findings.unread == 0 && ready >= expectation.replicas &&
         (!expectation.registered || findings.api == ApiProbe::kAnswers);
}

Prober::Prober(net::Executor executor, client::KubeClient& client,
               std::shared_ptr<client::RestConfig> config, net::TaskGroup& tasks,
               std::function<void(const std::string&)> changed)
    : executor_(std::move(executor)),
      client_(client),
      config_(std::move(config)),
      tasks_(tasks),
      changed_(std::move(changed)) {}

Prober::~Prober() = default;

void Prober::Expect(const std::string& pipeline, Expectation expectation) {
  std::shared_ptr<Case>& subject = cases_[pipeline];
  const bool fresh = subject == nullptr;
  if (fresh) subject = std::make_shared<Case>(pipeline, executor_);
  if (!fresh && subject->expectation == expectation) return;
  subject->expectation = std::move(expectation);
  if (fresh) {
    tasks_.Spawn("probe " + pipeline, Watch(subject));
  } else {
    subject->news.Notify();
  }
}

void Prober::AskNow(const std::string& pipeline) {
  const auto found = cases_.find(pipeline);
  if (found != cases_.end()) found->second->news.Notify();
}

void Prober::Forget(const std::string& pipeline) {
  const auto found = cases_.find(pipeline);
  if (found == cases_.end()) return;
  found->second->forgotten = true;
  found->second->news.Notify();
  cases_.erase(found);
}

Findings Prober::Of(const std::string& pipeline) const {
  const auto found = cases_.find(pipeline);
  return found == cases_.end() ? Findings{} : found->second->findings;
}

net::Task<void> Prober::Watch(std::shared_ptr<Case> subject) {
  while (!subject->forgotten) {
    Findings findings = co_await Ask(subject);
    if (subject->forgotten || tasks_.stopping()) co_return;
    const bool steady = subject->api_failures == 0 && IsSteady(subject->expectation, findings);
    if (findings != subject->findings) {
      subject->findings = std::move(findings);
      changed_(subject->name);
    }
    const MonoTime next = net::SteadyNow() + (steady ? kSteadyInterval : kBusyInterval);
    co_await subject->news.Wait(next);
    if (tasks_.stopping()) co_return;
  }
}

net::Task<Findings> Prober::Ask(std::shared_ptr<Case> subject) {
  Findings findings;
  const std::vector<Endpoint> endpoints = subject->expectation.endpoints;
  std::erase_if(subject->clients, [&](const auto& entry) {
    return std::ranges::find(endpoints, entry.first) == endpoints.end();
  });
  auto round = std::make_shared<Round>(executor_);
  round->results.resize(endpoints.size());
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    auto http = ClientFor(*subject, endpoints[i]);
    if (!http) {
      round->results[i] = std::unexpected(http.error());
      continue;
    }
    ++round->open;
    round->results[i] = Fail(ErrorKind::kTimeout, "no answer within 3 s");
    tasks_.Spawn("read /status", ReadReplica(round, i, *http));
  }
  co_await AskApi(subject, findings);
  const MonoTime deadline = net::SteadyNow() + kReplicaDeadline;
  while (round->open > 0) {
    const bool more = co_await round->finished.Wait(deadline);
    if (!more) break;
  }
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    Result<ReplicaReport>& result = round->results[i];
    if (result) {
      result->ready = endpoints[i].ready;
      findings.reports.push_back(std::move(*result));
    } else if (endpoints[i].ready) {
      ++findings.unread;
      if (findings.unread_reason.empty()) findings.unread_reason = result.error().message;
    }
  }
  co_return findings;
}

Result<std::shared_ptr<net::HttpClient>> Prober::ClientFor(Case& subject,
                                                           const Endpoint& endpoint) {
  const Expectation& expectation = subject.expectation;
  if (subject.tls == nullptr || subject.tls_bundle != expectation.ca_bundle) {
    net::TlsClientOptions options;
    options.ca_pem = expectation.ca_bundle;
    options.server_name = expectation.server_name;
    auto tls = net::TlsClientContext::Create(std::move(options));
    if (!tls) return std::unexpected(tls.error());
    subject.tls = std::move(*tls);
    subject.tls_bundle = expectation.ca_bundle;
    subject.clients.clear();
  }
  std::shared_ptr<net::HttpClient>& http = subject.clients[endpoint];
  if (http == nullptr) {
    net::HttpClientOptions options;
    options.host = endpoint.address;
    options.port = endpoint.port;
    options.tls = subject.tls;
    options.connect_timeout = kReplicaDeadline;
    options.max_idle_connections = 1;
    http = std::make_shared<net::HttpClient>(executor_, std::move(options));
  }
  return http;
}

net::Task<void> Prober::ReadReplica(std::shared_ptr<Round> round, std::size_t index,
                                    std::shared_ptr<net::HttpClient> http) {
  http::Request request;
  request.target = "/status";
  Result<std::string> token = config_->token ? config_->token->Token(net::SteadyNow()) : "";
  if (!token) {
    round->results[index] = std::unexpected(token.error());
  } else {
    if (!token->empty()) request.headers.Set("Authorization", "Bearer " + *token);
    net::CallLimits limits;
    limits.timeout = kReplicaDeadline;
    limits.body_limit_bytes = 8U << 20U;
    const auto response = co_await http->Send(std::move(request), limits);
    round->results[index] = ReadReport(response);
  }
  --round->open;
  round->finished.Notify();
}

net::Task<void> Prober::AskApi(std::shared_ptr<Case> subject, Findings& findings) {
  if (!subject->expectation.registered) {
    subject->api_failures = 0;
    co_return;
  }
  http::Request request;
  request.target = kApiPath;
  net::CallLimits limits;
  limits.timeout = std::chrono::seconds(5);
  const auto response = co_await client_.Send(std::move(request), limits);
  Result<void> answered;
  if (!response) {
    answered = std::unexpected(response.error());
  } else {
    answered = client::KubeClient::CheckStatus(*response);
  }
  if (answered) {
    subject->api_failures = 0;
    findings.api = ApiProbe::kAnswers;
    co_return;
  }
  ++subject->api_failures;
  const bool spared =
      subject->findings.api == ApiProbe::kAnswers && subject->api_failures < kFailuresToBelieve;
  findings.api = spared ? ApiProbe::kAnswers : ApiProbe::kFails;
  if (!spared) findings.api_failure = plan::SteadyText(answered.error().message);
}

}  // namespace mpl::controller
