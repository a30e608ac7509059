#include "collector/scraper/kubelet_link.h"

#include <algorithm>

#include "kube/base/prefetch.h"
#include "kube/x509/certificate.h"

namespace mpl::scraper {
namespace {

using trust::ScrapeFault;

// More than one cycle; a kubelet closes after 90 s.
constexpr Duration kUncheckedIdle = std::chrono::seconds(70);
constexpr Duration kLeastPatience = std::chrono::milliseconds(20);

// A connection attempt that ran out of its share of the time leaves some for the next address.
bool MayTryNext(const ScrapeFault& fault, Duration left) {
  if (left < kLeastPatience) return false;
  return fault.reason == trust::ScrapeFailure::kTimeout || trust::WorthAnotherAddress(fault.reason);
}

}  // namespace

// Every link brings a judge of its own; nobody is believed without.
LinkContext::LinkContext(LinkPolicy how)
    : policy(std::move(how)), tls([this] {
        net::TlsClientOptions options;
        options.verifier = [](const std::vector<x509::Certificate>&) -> Result<void> {
          return Fail(ErrorKind::kUntrusted, "nobody to judge the kubelet's certificate");
        };
        options.client_certificate = policy.client_certificate;
        return net::TlsClientContext::Create(std::move(options));
      }()) {}

Result<void> KubeletLink::Judge::operator()(const std::vector<x509::Certificate>& chain) {
  verdict = trust::JudgeKubelet(chain, identity, context->policy.rules, pins->Find(identity.node),
                                net::SystemNow());
  refused_now = !verdict->accepted();
  if (refused_now) return Fail(ErrorKind::kUntrusted, verdict->fault->message);
  return {};
}

KubeletLink::KubeletLink(net::Executor executor, discovery::ScrapeTarget target,
                         std::shared_ptr<const LinkContext> context, PinKeeper& pins)
    : executor_(std::move(executor)),
      target_(std::move(target)),
      pins_(pins),
      judge_(std::make_shared<Judge>()) {
  judge_->identity = {.node = target_.node,
                      .uid = target_.uid,
                      .boot_id = target_.boot_id,
                      .dialled = {},
                      .names = target_.identities};
  judge_->context = std::move(context);
  judge_->pins = &pins_;
}

std::uint64_t KubeletLink::handshakes() const {
  return past_handshakes_ + (client_ ? client_->handshakes() : 0);
}

void KubeletLink::Fetch(int step) const {
  if (step == 0) {
    Prefetch(judge_.get(), sizeof(Judge));
    Prefetch(target_.candidates.data(), target_.candidates.size() * sizeof(std::string));
  }
  if (client_) client_->Fetch(step);
}

Result<net::HttpClient*> KubeletLink::ClientFor(std::size_t index) {
  if (client_ && client_index_ == index) return &*client_;
  past_handshakes_ = handshakes();
  client_.reset();
  const auto& shared = judge_->context->tls;
  if (!shared) return std::unexpected(shared.error());
  net::HttpClientOptions options;
  options.host = target_.candidates[index];
  options.port = target_.port;
  options.tls = net::TlsClientContext::WithVerifier(
      **shared,
      [judge = judge_](const std::vector<x509::Certificate>& chain) { return (*judge)(chain); });
  options.connect_timeout =
      policy().timeout / static_cast<Duration::rep>(target_.candidates.size());
  options.max_idle_connections = 1;
  options.unchecked_idle = kUncheckedIdle;
  judge_->identity.dialled = options.host;
  client_index_ = index;
  return &client_.emplace(executor_, std::move(options));
}

http::Request KubeletLink::MakeRequest(std::string_view path, const std::string& token) const {
  http::Request request;
  request.target = std::string(path);
  request.headers.Set("User-Agent", policy().user_agent);
  if (!policy().gzip) request.headers.Set("Accept-Encoding", "identity");
  if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
  return request;
}

Scraped<http::Response> KubeletLink::Judged(Result<http::Response> response, std::size_t index,
                                            std::string_view path) {
  if (!response) {
    if (judge_->refused_now) return std::unexpected(*judge_->verdict->fault);
    return std::unexpected(trust::FaultFromError(response.error()));
  }
  preferred_ = index;
  answered_at_ = target_.candidates[index];
  if (auto fault = trust::FaultFromStatus(response->status, path)) {
    return std::unexpected(*std::move(fault));
  }
  return *std::move(response);
}

std::optional<ScrapeFault> KubeletLink::Believe() {
  if (!judge_->verdict || !judge_->verdict->pin) return std::nullopt;
  if (!trust::MayStore(*judge_->verdict, pins_.Find(target_.node))) {
    past_handshakes_ = handshakes();
    client_.reset();
    return trust::MakeFault(
        trust::ScrapeFailure::kKubeletKeyChanged,
        "node " + target_.node + " at " + answered_at_ +
            " showed us another key than it showed another replica in the same moment");
  }
  pins_.Remember(target_.node, *std::exchange(judge_->verdict->pin, std::nullopt));
  return std::nullopt;
}

net::Task<Scraped<http::Response>> KubeletLink::Get(std::string_view path, std::string token,
                                                    std::size_t body_limit_bytes) {
  if (target_.candidates.empty()) {
    co_return std::unexpected(trust::MakeFault(
        trust::ScrapeFailure::kNoAddress,
        "node " + target_.node + " has no address of the types in scrape.addressTypes"));
  }
  const MonoTime deadline = net::SteadyNow() + policy().timeout;
  const std::size_t count = target_.candidates.size();
  const std::size_t first = preferred_;
  std::optional<ScrapeFault> fault;
  for (std::size_t i = 0; i < count; ++i) {
    const Duration left = deadline - net::SteadyNow();
    if (fault && !MayTryNext(*fault, left)) break;
    const net::CallLimits limits{left, std::min(body_limit_bytes, policy().body_limit_bytes)};
    const std::size_t index = (first + i) % count;
    const auto client = ClientFor(index);
    judge_->refused_now = false;
    Result<http::Response> response;
    if (client) {
      http::Request request = MakeRequest(path, token);
      response = co_await (*client)->Send(std::move(request), limits);
    } else {
      response = std::unexpected(client.error());
    }
    auto answer = Judged(std::move(response), index, path);
    if (answer) co_return answer;
    // The first choice says most: that the last resort does not work either is no news.
    if (!fault) fault = answer.error();
  }
  co_return std::unexpected(*std::move(fault));
}

}  // namespace mpl::scraper
