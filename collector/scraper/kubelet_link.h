// The way to one kubelet: its addresses, one kept-alive connection, and who was found at its end.
//
// A token leaves only on a connection whose certificate KubeletTrust has accepted: the judgement is
// part of the handshake. Not thread-safe: lives on the scrape runtime.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/discovery/target.h"
#include "collector/scraper/pin_keeper.h"
#include "collector/trust/kubelet_trust.h"
#include "kube/http/message.h"
#include "kube/net/http_client.h"
#include "kube/net/runtime.h"
#include "kube/net/tls.h"

namespace mpl::scraper {

// How to connect: the same for all kubelets, replaced as a whole when the configuration changes.
struct LinkPolicy {
  trust::TrustRules rules;
  std::optional<net::KeyPairPem> client_certificate;
  std::string user_agent;
  Duration timeout = std::chrono::seconds(10);  // for one GET, all addresses together
  std::size_t body_limit_bytes = 64U << 20U;
  bool gzip = true;
};

// The policy, and what OpenSSL needs for it: made once for all links.
struct LinkContext {
  explicit LinkContext(LinkPolicy how);
  LinkPolicy policy;
  Result<std::shared_ptr<const net::TlsClientContext>> tls;  // an error fails every scrape
};

template <class T>
using Scraped = std::expected<T, trust::ScrapeFault>;

class KubeletLink {
 public:
  KubeletLink(net::Executor executor, discovery::ScrapeTarget target,
              std::shared_ptr<const LinkContext> context, PinKeeper& pins);

  // GET with the token (empty: none). Tries the address that worked last, then the others as long
  // as they cannot be connected to. Only an answer of 200 is a success. `body_limit_bytes` may only
  // lower the policy's. `path` must stay until the task ends.
  net::Task<Scraped<http::Response>> Get(std::string_view path, std::string token,
                                         std::size_t body_limit_bytes = SIZE_MAX);

  // What it said is a kubelet's: its key is remembered from now on, where the judgement says so.
  // The fault: another replica has met another key at this node meanwhile; the connection is
  // dropped.
  std::optional<trust::ScrapeFault> Believe();

  const discovery::ScrapeTarget& target() const { return target_; }
  // The last judgement; nothing before the first handshake.
  const std::optional<trust::Verdict>& verdict() const { return judge_->verdict; }
  // The address of the last answer; empty before.
  const std::string& address() const { return answered_at_; }
  std::uint64_t handshakes() const;
  // For who is about to GET from many kubelets: see HttpClient.
  void Fetch(int step) const;

 private:
  // Outlives the link while a handshake runs.
  struct Judge {
    trust::KubeletIdentity identity;
    std::shared_ptr<const LinkContext> context;
    PinKeeper* pins = nullptr;
    std::optional<trust::Verdict> verdict;
    bool refused_now = false;  // by the handshake that runs
    Result<void> operator()(const std::vector<x509::Certificate>& chain);
  };

  const LinkPolicy& policy() const { return judge_->context->policy; }
  Result<net::HttpClient*> ClientFor(std::size_t index);
  // What came from the candidate `index`, as a success or the fault that it tells.
  Scraped<http::Response> Judged(Result<http::Response> response, std::size_t index,
                                 std::string_view path);
  http::Request MakeRequest(std::string_view path, const std::string& token) const;

  net::Executor executor_;
  discovery::ScrapeTarget target_;
  PinKeeper& pins_;
  std::shared_ptr<Judge> judge_;
  std::size_t preferred_ = 0;
  std::size_t client_index_ = 0;  // of the address that client_ is for
  std::optional<net::HttpClient> client_;
  std::uint64_t past_handshakes_ = 0;
  std::string answered_at_;
};

}  // namespace mpl::scraper
