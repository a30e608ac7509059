// Acting as somebody else: the Impersonate-* headers of `kubectl --as`.
//
// Through the aggregator kube-apiserver has dealt with them; on a direct request we do, by the same
// rules: every part of the other identity is a question of its own, whether the caller may
// "impersonate" it. Rules: k8s.io/apiserver pkg/endpoints/filters/impersonation, the mode named
// "legacy" there. The constrained modes that 1.36 adds (verbs "impersonate:…") grant nothing here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/auth/user_info.h"
#include "kube/base/error.h"
#include "kube/http/message.h"
#include "kube/http/request_info.h"

namespace mpl::auth {

// Each part costs a review; more of them than this are refused.
inline constexpr std::size_t kMaxImpersonationQuestions = 256;

struct Impersonation {
  // Who the caller is from then on. No part of the caller's own identity is left.
  UserInfo user;
  // What the caller has to be allowed, all of it: verb "impersonate" on users, serviceaccounts,
  // groups, userextras/<key> and uids. For MakeAccessReview and ForbiddenResponse.
  std::vector<http::RequestInfo> questions;
};

// Nothing: the request does not ask for it. kBadRequest: groups, extras or a UID without a user,
// too many parts, or a header of that family that we do not know (to ignore it would be to give
// more rights than were asked for).
Result<std::optional<Impersonation>> ReadImpersonation(const http::Headers& headers);

}  // namespace mpl::auth
