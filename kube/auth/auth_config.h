// What kube-apiserver tells extension API servers about trust: the ConfigMap
// kube-system/extension-apiserver-authentication.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/x509/certificate.h"

namespace mpl::auth {

// The front proxy: kube-apiserver itself, when it forwards a request of a user.
struct RequestHeaderConfig {
  std::vector<x509::Certificate> roots;    // empty: no front proxy is believed
  std::vector<std::string> allowed_names;  // common names; empty: any
  std::vector<std::string> username_headers;
  std::vector<std::string> group_headers;
  std::vector<std::string> extra_prefixes;
  std::vector<std::string> uid_headers;  // empty unless kube-apiserver sets them (1.32+)
};

struct AuthConfig {
  std::vector<x509::Certificate> client_roots;  // empty: no client certificate is believed
  RequestHeaderConfig request_header;
};

struct AuthConfigUpdate {
  AuthConfig config;
  // What could not be read, each naming its key; that part of `config` is the last good one.
  std::vector<std::string> faults;
  // Fine but dangerous settings of the cluster.
  std::vector<std::string> warnings;
};

// `data` of the ConfigMap. A missing key means "none"; the certificates and the names of the front
// proxy are taken or kept together, so that new names never meet old roots.
AuthConfigUpdate UpdateAuthConfig(const AuthConfig& last,
                                  const std::map<std::string, std::string>& data);

}  // namespace mpl::auth
