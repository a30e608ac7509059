// What can be decided about a request without asking kube-apiserver.
#pragma once

#include <string>
#include <vector>

#include "kube/auth/user_info.h"
#include "kube/http/request_info.h"

namespace mpl::auth {

enum class LocalDecision { kAllow, kNeedsReview };

// Paths that need no authorization: exact, or a prefix when they end in '*'.
struct AlwaysAllow {
  std::vector<std::string> paths = {"/healthz", "/livez", "/readyz"};
  bool Covers(const http::RequestInfo& info) const;
};

// system:masters may do anything, the paths above are anyone's; all else needs a review.
LocalDecision DecideLocally(const UserInfo& user, const http::RequestInfo& info,
                            const AlwaysAllow& always_allow);

}  // namespace mpl::auth
