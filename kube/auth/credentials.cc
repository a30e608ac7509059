#include "kube/auth/steps.h"
#include "kube/base/text.h"
#include "kube/x509/verify.h"

namespace mpl::auth {

StepResult ClientCertificateStep(const std::vector<x509::Certificate>& roots, const Chain& chain,
                                 TimePoint now) {
  if (chain.empty() || roots.empty()) return std::nullopt;
  const auto verified = x509::VerifyChain(chain, roots, x509::Purpose::kClientAuth, now);
  if (!verified) {
    return Fail(ErrorKind::kUnauthorized, "client certificate: " + verified.error().message);
  }
  const x509::Certificate& leaf = chain.front();
  if (leaf.common_name().empty()) return std::nullopt;
  UserInfo user{.name = leaf.common_name()};
  user.groups = leaf.organizations();
  user.extra["authentication.kubernetes.io/credential-id"] = {"X509SHA256=" + leaf.sha256()};
  return user;
}

std::optional<std::string> BearerToken(const http::Headers& headers) {
  const std::string_view value = Trim(headers.Get("Authorization"));
  const std::size_t space = value.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  if (!EqualsIgnoreCase(value.substr(0, space), "bearer")) return std::nullopt;
  // Only what follows the one space, up to the next: as upstream splits it.
  const std::string_view rest = value.substr(space + 1);
  const std::string_view token = rest.substr(0, rest.find(' '));
  if (token.empty()) return std::nullopt;
  return std::string(token);
}

}  // namespace mpl::auth
