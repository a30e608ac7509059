#include "kube/auth/impersonation.h"

#include <algorithm>
#include <string_view>

#include "kube/base/text.h"

namespace mpl::auth {
namespace {

constexpr std::string_view kFamily = "Impersonate-";
constexpr std::string_view kUser = "Impersonate-User";
constexpr std::string_view kUid = "Impersonate-Uid";
constexpr std::string_view kGroup = "Impersonate-Group";
constexpr std::string_view kExtraPrefix = "Impersonate-Extra-";
constexpr const char* kAuthenticationGroup = "authentication.k8s.io";

bool HasPrefix(std::string_view name, std::string_view prefix) {
  return EqualsIgnoreCase(name.substr(0, prefix.size()), prefix);
}

http::RequestInfo Question(std::string group, std::string resource, std::string name) {
  http::RequestInfo info;
  info.is_resource = true;
  info.verb = "impersonate";
  info.group = std::move(group);
  info.version = "v1";
  info.resource = std::move(resource);
  info.name = std::move(name);
  return info;
}

// The identity as the headers spell it.
Result<UserInfo> ReadWanted(const http::Headers& headers) {
  UserInfo wanted{.name = std::string(headers.Get(kUser)), .uid = std::string(headers.Get(kUid))};
  for (const auto& [name, value] : headers) {
    if (!HasPrefix(name, kFamily)) continue;
    if (EqualsIgnoreCase(name, kGroup)) {
      wanted.groups.push_back(value);
    } else if (HasPrefix(name, kExtraPrefix)) {
      wanted.extra[PercentDecode(ToLower(name.substr(kExtraPrefix.size())))].push_back(value);
    } else if (!EqualsIgnoreCase(name, kUser) && !EqualsIgnoreCase(name, kUid)) {
      return Fail(ErrorKind::kBadRequest, "header " + name + " is not known");
    }
  }
  return wanted;
}

std::vector<http::RequestInfo> QuestionsAbout(const UserInfo& wanted) {
  std::vector<http::RequestInfo> questions;
  if (const auto account = AsServiceAccount(wanted.name)) {
    questions.push_back(Question("", "serviceaccounts", account->name));
    questions.back().ns = account->ns;
  } else {
    questions.push_back(Question("", "users", wanted.name));
  }
  if (!wanted.uid.empty()) {
    questions.push_back(Question(kAuthenticationGroup, "uids", wanted.uid));
  }
  for (const std::string& group : wanted.groups) {
    questions.push_back(Question("", "groups", group));
  }
  for (const auto& [key, values] : wanted.extra) {
    for (const std::string& value : values) {
      questions.push_back(Question(kAuthenticationGroup, "userextras", value));
      questions.back().subresource = key;
    }
  }
  return questions;
}

}  // namespace

Result<std::optional<Impersonation>> ReadImpersonation(const http::Headers& headers) {
  auto wanted = ReadWanted(headers);
  if (!wanted) return std::unexpected(wanted.error());
  if (wanted->name.empty()) {
    if (wanted->uid.empty() && wanted->groups.empty() && wanted->extra.empty()) return std::nullopt;
    return Fail(ErrorKind::kBadRequest,
                "requested groups, extras or a UID without impersonating a user name: set "
                "Impersonate-User");
  }
  Impersonation impersonation;
  impersonation.questions = QuestionsAbout(*wanted);
  if (impersonation.questions.size() > kMaxImpersonationQuestions) {
    return Fail(ErrorKind::kBadRequest,
                "impersonating " + std::to_string(impersonation.questions.size()) +
                    " users, groups and extras at once: at most " +
                    std::to_string(kMaxImpersonationQuestions) + " are reviewed");
  }
  impersonation.user = WithImpliedGroups(*std::move(wanted));
  return impersonation;
}

}  // namespace mpl::auth
