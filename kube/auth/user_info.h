// Who asks, once we know.
#pragma once

#include <map>
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

}  // namespace mpl::auth
