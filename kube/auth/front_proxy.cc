#include <algorithm>

#include "kube/auth/steps.h"
#include "kube/base/text.h"
#include "kube/x509/verify.h"

namespace mpl::auth {
namespace {

std::string FirstValue(const http::Headers& headers, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (const auto value = headers.Get(name); !value.empty()) return std::string(value);
  }
  return {};
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// As upstream unescapes it: a key with one bad escape stays as it came, whole.
std::string ExtraKey(std::string_view escaped) {
  std::size_t at = escaped.find('%');
  for (; at != std::string_view::npos; at = escaped.find('%', at + 3)) {
    const bool whole = at + 2 < escaped.size();
    if (!whole || !IsHex(escaped[at + 1]) || !IsHex(escaped[at + 2])) return std::string(escaped);
  }
  return PercentDecode(escaped);
}

}  // namespace

Result<void> VerifyFrontProxy(const RequestHeaderConfig& config, const Chain& chain,
                              TimePoint now) {
  const auto verified = x509::VerifyChain(chain, config.roots, x509::Purpose::kClientAuth, now);
  if (!verified) {
    return Fail(ErrorKind::kUnauthorized, "not the front proxy: " + verified.error().message);
  }
  const std::string& name = chain.front().common_name();
  const auto& allowed = config.allowed_names;
  if (!allowed.empty() && std::ranges::find(allowed, name) == allowed.end()) {
    return Fail(ErrorKind::kUnauthorized, "not the front proxy: common name \"" + name +
                                              "\" is not in requestheader-allowed-names");
  }
  return {};
}

std::optional<UserInfo> ReadRequestHeaders(const RequestHeaderConfig& config,
                                           const http::Headers& headers) {
  UserInfo user{.name = FirstValue(headers, config.username_headers)};
  if (user.name.empty()) return std::nullopt;
  user.uid = FirstValue(headers, config.uid_headers);
  for (const std::string& name : config.group_headers) {
    for (const auto group : headers.GetAll(name)) {
      if (!group.empty()) user.groups.emplace_back(group);
    }
  }
  for (const std::string& prefix : config.extra_prefixes) {
    for (const auto& [name, value] : headers) {
      if (!StartsWithIgnoreCase(name, prefix)) continue;
      const std::string key = ExtraKey(ToLower(std::string_view(name).substr(prefix.size())));
      user.extra[key].push_back(value);
    }
  }
  return user;
}

}  // namespace mpl::auth
