#include "kube/auth/auth_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mpl::auth {
namespace {

using Data = std::map<std::string, std::string>;

Result<std::vector<x509::Certificate>> ReadRoots(const Data& data, const std::string& key) {
  const auto found = data.find(key);
  if (found == data.end() || found->second.empty()) return std::vector<x509::Certificate>();
  auto roots = x509::ParsePemCertificates(found->second);
  if (!roots) return Within(key, roots.error());
  return roots;
}

Result<std::vector<std::string>> ReadNames(const Data& data, const std::string& key) {
  std::vector<std::string> names;
  const auto found = data.find(key);
  if (found == data.end() || found->second.empty()) return names;
  const auto json = nlohmann::json::parse(found->second, nullptr, false);
  if (json.is_null()) return names;
  if (!json.is_array()) return Fail(ErrorKind::kMalformed, key + ": must be a JSON list of texts");
  for (const auto& name : json) {
    if (!name.is_string()) {
      return Fail(ErrorKind::kMalformed, key + ": must be a JSON list of texts");
    }
    names.push_back(name.get<std::string>());
  }
  return names;
}

Result<RequestHeaderConfig> ReadRequestHeader(const Data& data) {
  RequestHeaderConfig config;
  auto roots = ReadRoots(data, "requestheader-client-ca-file");
  if (!roots) return std::unexpected(roots.error());
  config.roots = std::move(*roots);
  const std::pair<const char*, std::vector<std::string>*> lists[] = {
      {"requestheader-allowed-names", &config.allowed_names},
      {"requestheader-username-headers", &config.username_headers},
      {"requestheader-group-headers", &config.group_headers},
      {"requestheader-extra-headers-prefix", &config.extra_prefixes},
      {"requestheader-uid-headers", &config.uid_headers},
  };
  for (const auto& [key, target] : lists) {
    auto names = ReadNames(data, key);
    if (!names) return std::unexpected(names.error());
    *target = std::move(*names);
  }
  return config;
}

bool ShareARoot(const AuthConfig& config) {
  return std::ranges::any_of(config.client_roots, [&](const x509::Certificate& client) {
    return std::ranges::any_of(config.request_header.roots, [&](const x509::Certificate& proxy) {
      return proxy.sha256() == client.sha256();
    });
  });
}

}  // namespace

AuthConfigUpdate UpdateAuthConfig(const AuthConfig& last, const Data& data) {
  AuthConfigUpdate update{.config = last, .faults = {}, .warnings = {}};
  if (auto roots = ReadRoots(data, "client-ca-file"); roots) {
    update.config.client_roots = std::move(*roots);
  } else {
    update.faults.push_back(roots.error().message);
  }
  if (auto proxy = ReadRequestHeader(data); proxy) {
    update.config.request_header = std::move(*proxy);
  } else {
    update.faults.push_back(proxy.error().message);
  }
  if (update.config.request_header.allowed_names.empty() && ShareARoot(update.config)) {
    update.warnings.emplace_back(
        "the front proxy and the clients share a certificate authority and "
        "requestheader-allowed-names is empty: any client certificate can claim to be any user. "
        "Set --requestheader-allowed-names on kube-apiserver");
  }
  return update;
}

}  // namespace mpl::auth
