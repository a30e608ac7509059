// The two questions that an extension API server asks kube-apiserver, as JSON:
// TokenReview (authentication.k8s.io/v1) and SubjectAccessReview (authorization.k8s.io/v1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kube/auth/steps.h"
#include "kube/auth/user_info.h"
#include "kube/base/error.h"
#include "kube/http/request_info.h"
#include "kube/objects/meta.h"

namespace mpl::auth {

using objects::Json;

Json MakeTokenReview(std::string_view token);
// Nothing: the token is not good. kMalformed when the answer is no TokenReview with a status.
StepResult ReadTokenReview(const Json& answer);

Json MakeAccessReview(const UserInfo& user, const http::RequestInfo& info);

struct AccessDecision {
  bool allowed = false;
  std::string reason;  // in the words of the authorizer; may be empty
  friend bool operator==(const AccessDecision&, const AccessDecision&) = default;
};
// kMalformed when the answer is no SubjectAccessReview with a status.
Result<AccessDecision> ReadAccessReview(const Json& answer);

// 32 bytes that stand for the whole question.
std::string CacheKey(const Json& access_review);
// The token itself is not kept: 32 bytes that stand for it.
std::string CacheKey(std::string_view token);
// False when what the requester controls is 10,000 bytes or longer: such questions would let one
// client fill the cache (k8s.io/apiserver plugin/pkg/authorizer/webhook).
bool IsCacheable(const http::RequestInfo& info);

}  // namespace mpl::auth
