// Who asks, once we know.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mpl::auth {

inline constexpr std::string_view kMastersGroup = "system:masters";
inline constexpr std::string_view kAuthenticatedGroup = "system:authenticated";
inline constexpr std::string_view kUnauthenticatedGroup = "system:unauthenticated";
inline constexpr std::string_view kAnonymousUser = "system:anonymous";

struct UserInfo {
  std::string name;
  std::string uid = {};
  std::vector<std::string> groups = {};
  std::map<std::string, std::vector<std::string>> extra = {};

  bool IsIn(std::string_view group) const;
  friend bool operator==(const UserInfo&, const UserInfo&) = default;
};

UserInfo AnonymousUser();
// The same user in system:authenticated, unless system:unauthenticated is among the groups.
UserInfo WithAuthenticatedGroup(UserInfo user);

struct ServiceAccount {
  std::string ns;
  std::string name;
};
// "system:serviceaccount:NAMESPACE:NAME"; nothing: another kind of user.
std::optional<ServiceAccount> AsServiceAccount(std::string_view user);
// The groups that come with a name: what a ServiceAccount's token says beside it (unless groups are
// named already), and that somebody is authenticated, or anonymous. Rights can hang on each. Rules:
// k8s.io/apiserver, as in impersonation.h.
UserInfo WithImpliedGroups(UserInfo user);

}  // namespace mpl::auth
