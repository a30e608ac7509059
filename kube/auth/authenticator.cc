#include "kube/auth/authenticator.h"

namespace mpl::auth {
namespace {

// Those of service accounts have one or two KiB, those of identity providers with many groups a
// few more; nobody asks kube-apiserver about a mebibyte.
constexpr std::size_t kLongestToken = 32U << 10U;

void AddReason(std::string& reasons, const std::string& reason) {
  if (!reasons.empty()) reasons += "; ";
  reasons += reason;
}

}  // namespace

ChainVerdict JudgeChain(const AuthConfig& config, const std::vector<std::string>& chain_der,
                        TimePoint now) {
  ChainVerdict verdict{.presented = !chain_der.empty()};
  if (!verdict.presented) return verdict;
  const auto chain = x509::ParseChain(chain_der);
  if (!chain) {
    verdict.why = "client certificate: " + chain.error().message;
    return verdict;
  }
  if (!config.request_header.roots.empty()) {
    const auto proxy = VerifyFrontProxy(config.request_header, *chain, now);
    verdict.is_front_proxy = proxy.has_value();
    if (!proxy) AddReason(verdict.why, proxy.error().message);
  } else {
    AddReason(verdict.why, "front proxy: no CA is known");
  }
  auto user = ClientCertificateStep(config.client_roots, *chain, now);
  if (user) {
    verdict.user = std::move(*user);
  } else {
    AddReason(verdict.why, user.error().message);
  }
  if (config.client_roots.empty()) {
    AddReason(verdict.why, "client certificate: no client CA is known");
  }
  return verdict;
}

Verdict Authenticate(const AuthConfig& config, const ChainVerdict& chain,
                     const http::Headers& headers) {
  if (chain.is_front_proxy) {
    if (auto user = ReadRequestHeaders(config.request_header, headers)) {
      return Authenticated{WithAuthenticatedGroup(std::move(*user))};
    }
  }
  if (chain.user) return Authenticated{WithAuthenticatedGroup(*chain.user)};
  if (auto token = BearerToken(headers)) {
    if (token->size() > kLongestToken) return Rejected{"the bearer token is longer than 32 KiB"};
    return NeedsTokenReview{std::move(*token)};
  }
  if (chain.presented) {
    const std::string why = chain.why.empty() ? "client certificate names nobody" : chain.why;
    return Rejected{why};
  }
  return Anonymous{AnonymousUser()};
}

Verdict Authenticate(const AuthConfig& config, const http::Request& request, TimePoint now) {
  return Authenticate(config, JudgeChain(config, request.peer_chain_der, now), request.headers);
}

Verdict AfterTokenReview(const StepResult& review) {
  if (!review) return Rejected{"token review: " + review.error().message};
  if (!*review) return Rejected{"invalid bearer token"};
  return Authenticated{WithAuthenticatedGroup(**review)};
}

}  // namespace mpl::auth
