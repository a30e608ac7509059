#include "kube/auth/user_info.h"

#include <algorithm>

#include "kube/base/text.h"
#include "kube/objects/names.h"

namespace mpl::auth {

bool UserInfo::IsIn(std::string_view group) const {
  return std::ranges::find(groups, group) != groups.end();
}

UserInfo AnonymousUser() {
  UserInfo user{.name = std::string(kAnonymousUser)};
  user.groups.emplace_back(kUnauthenticatedGroup);
  return user;
}

UserInfo WithAuthenticatedGroup(UserInfo user) {
  if (!user.IsIn(kAuthenticatedGroup) && !user.IsIn(kUnauthenticatedGroup)) {
    user.groups.emplace_back(kAuthenticatedGroup);
  }
  return user;
}

std::optional<ServiceAccount> AsServiceAccount(std::string_view user) {
  static constexpr std::string_view kServiceAccountPrefix = "system:serviceaccount:";
  if (!user.starts_with(kServiceAccountPrefix)) return std::nullopt;
  const auto parts = Split(user.substr(kServiceAccountPrefix.size()), ':');
  if (parts.size() != 2) return std::nullopt;
  if (!objects::IsDnsLabel(parts[0]) || !objects::IsDnsSubdomain(parts[1])) return std::nullopt;
  return ServiceAccount{std::string(parts[0]), std::string(parts[1])};
}

UserInfo WithImpliedGroups(UserInfo user) {
  const auto account = AsServiceAccount(user.name);
  if (account && user.groups.empty()) {
    user.groups = {"system:serviceaccounts", "system:serviceaccounts:" + account->ns};
  }
  if (user.name != kAnonymousUser) return WithAuthenticatedGroup(std::move(user));
  if (!user.IsIn(kUnauthenticatedGroup)) user.groups.emplace_back(kUnauthenticatedGroup);
  return user;
}

}  // namespace mpl::auth
