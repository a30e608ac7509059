#include "kube/auth/user_info.h"

#include <algorithm>

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

}  // namespace mpl::auth
