#include "kube/auth/authorizer.h"

#include <algorithm>

namespace mpl::auth {

bool AlwaysAllow::Covers(const http::RequestInfo& info) const {
  if (info.is_resource) return false;
  return std::ranges::any_of(paths, [&](std::string_view path) {
    if (!path.ends_with('*')) return info.path == path;
    path.remove_suffix(1);
    return info.path.starts_with(path);
  });
}

LocalDecision DecideLocally(const UserInfo& user, const http::RequestInfo& info,
                            const AlwaysAllow& always_allow) {
  const bool allowed = user.IsIn(kMastersGroup) || always_allow.Covers(info);
  return allowed ? LocalDecision::kAllow : LocalDecision::kNeedsReview;
}

}  // namespace mpl::auth
