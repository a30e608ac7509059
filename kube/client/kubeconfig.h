// Kubeconfig files as values: read and merged, nothing opened, nothing run.
//
// Fields: k8s.io/client-go tools/clientcmd/api/v1. What we cannot honour is refused by name,
// because leaving it out silently would mean to be someone else than the file says.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kube/base/error.h"
#include "kube/objects/meta.h"

namespace mpl::client {

// `data` wins over `file`; both empty: not set. `data` is decoded already, `file` is absolute or
// relative to the working folder.
struct DataOrFile {
  std::string data = {};
  std::string file = {};
  bool empty() const { return data.empty() && file.empty(); }
};

// client.authentication.k8s.io
struct ExecPlugin {
  std::string command;
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string api_version;  // ".../v1" or ".../v1beta1"
  bool provide_cluster_info = false;
  std::string install_hint;
};

struct ServerUrl {
  bool tls = true;
  std::string host;  // IPv6 without brackets
  std::uint16_t port = 443;
  std::string path_prefix;  // empty, or "/…" without a slash at its end
};
// "https://host[:port][/prefix]". kInvalid otherwise.
Result<ServerUrl> ParseServerUrl(const std::string& text);

// One context with its cluster and its user.
struct KubeconfigContext {
  std::string server_text;  // as written
  ServerUrl server;
  std::string tls_server_name;
  bool insecure_skip_tls_verify = false;
  DataOrFile certificate_authority;
  DataOrFile client_certificate;
  DataOrFile client_key;
  std::string token;
  std::string token_file;  // wins over token
  std::optional<ExecPlugin> exec;
  objects::Json exec_config = {};  // of the cluster, for the plug-in; null: none
  std::string default_namespace = "default";
};

struct KubeconfigFile {
  std::string path;  // relative paths in it are relative to its folder
  std::string text;
};

// The context of that name, or the current-context. The first file that has an entry wins.
// kInvalid names file, entry and field.
Result<KubeconfigContext> ResolveKubeconfig(const std::vector<KubeconfigFile>& files,
                                            const std::string& context);

// What an exec plug-in is told in KUBERNETES_EXEC_INFO.
objects::Json ExecInfo(const ExecPlugin& plugin, const KubeconfigContext& context,
                       const std::string& ca_pem);

// What it answers: ExecCredential.status.
struct ExecCredential {
  std::string token;
  std::string client_certificate_pem;
  std::string client_key_pem;
  std::optional<TimePoint> expires;  // nothing: good until refused
};
Result<ExecCredential> ParseExecCredential(const std::string& output,
                                           const std::string& api_version);

}  // namespace mpl::client
