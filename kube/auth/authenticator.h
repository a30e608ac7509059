// The order in which credentials count, and what a bad one means.
//
// Front proxy, then client certificate, then bearer token, then anonymous. A later step may still
// succeed after an earlier one failed; but once a credential was presented and none was good, the
// answer is 401, never anonymous. X-Remote-* headers without the front proxy's certificate on the
// same connection are as good as absent.
#pragma once

#include <string>
#include <variant>

#include "kube/auth/auth_config.h"
#include "kube/auth/steps.h"
#include "kube/auth/user_info.h"
#include "kube/base/time.h"
#include "kube/http/message.h"

namespace mpl::auth {

// Includes system:authenticated.
struct Authenticated {
  UserInfo user;
};
// Ask kube-apiserver, then go on with AfterTokenReview.
struct NeedsTokenReview {
  std::string token;
};
// 401. `why` is for our log; the client only hears "Unauthorized".
struct Rejected {
  std::string why;
};
// Nobody was claimed: system:anonymous.
struct Anonymous {
  UserInfo user;
};
using Verdict = std::variant<Authenticated, NeedsTokenReview, Rejected, Anonymous>;

// What the certificates of a connection prove, apart from any header: the same for all requests
// of that connection while `config` and the minute stay the same.
struct ChainVerdict {
  bool presented = false;
  bool is_front_proxy = false;
  std::optional<UserInfo> user = std::nullopt;  // by client certificate
  std::string why = {};                         // why it proves nothing, or not everything
};
ChainVerdict JudgeChain(const AuthConfig& config, const std::vector<std::string>& chain_der,
                        TimePoint now);

Verdict Authenticate(const AuthConfig& config, const ChainVerdict& chain,
                     const http::Headers& headers);
// All of it for one request.
Verdict Authenticate(const AuthConfig& config, const http::Request& request, TimePoint now);

// `review`: a user, or nothing when the token is not good, or why it could not be asked (401 too,
// as upstream: whoever cannot be authenticated is not let in).
Verdict AfterTokenReview(const StepResult& review);

}  // namespace mpl::auth
