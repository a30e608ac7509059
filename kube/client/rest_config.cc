#include "kube/client/rest_config.h"

#include <sys/utsname.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>

#include "kube/base/text.h"
#include "kube/base/version.h"
#include "kube/client/credentials.h"
#include "kube/client/kubeconfig.h"
#include "kube/client/read_file.h"

namespace mpl::client {
namespace {

constexpr const char* kAccountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// As Go writes GOARCH.
std::string Architecture() {
  utsname system{};
  if (uname(&system) != 0) return "unknown";
  std::string machine = system.machine;
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  return machine;
}

bool IsReadable(const std::string& path) { return ReadFile(path).has_value(); }

// The files of a ':'-list. One given alone must be there; of several, some may be missing. One that
// is there and cannot be read would be about another cluster or user than the rest.
Result<std::vector<KubeconfigFile>> ReadKubeconfigs(const std::string& list) {
  std::vector<KubeconfigFile> files;
  std::string missing;
  for (const std::string_view path : Split(list, ':')) {
    if (path.empty()) continue;
    auto text = ReadFile(std::string(path));
    if (text) {
      files.push_back({std::string(path), *std::move(text)});
      continue;
    }
    std::error_code unknown;
    if (std::filesystem::exists(path, unknown) || unknown) {
      return Fail(ErrorKind::kInvalid, "kubeconfig: " + text.error().message);
    }
    missing = text.error().message;
  }
  if (files.empty()) {
    return Fail(ErrorKind::kInvalid,
                "kubeconfig: " + (missing.empty() ? "no path is given" : missing));
  }
  return files;
}

void SetTls(RestConfig& config, TlsFiles files) {
  auto source = std::make_shared<TlsSource>(std::move(files));
  config.tls_context = [source](MonoTime now) { return source->Get(now); };
}

Result<std::shared_ptr<RestConfig>> FromContext(const KubeconfigContext& context) {
  auto config = std::make_shared<RestConfig>();
  config->host = context.server.host;
  config->port = context.server.port;
  config->tls = context.server.tls;
  config->path_prefix = context.server.path_prefix;
  config->default_namespace = context.default_namespace;

  const bool shows_credential = !context.token_file.empty() || !context.token.empty() ||
                                context.exec || !context.client_certificate.empty();
  if (!config->tls && shows_credential) {
    return Fail(ErrorKind::kInvalid,
                "kubeconfig: server \"" + context.server_text +
                    "\" is not https, and the user's credential would travel in clear text: use "
                    "https, or a context without user");
  }
  TlsFiles tls{.authority = context.certificate_authority,
               .insecure_skip_verify = context.insecure_skip_tls_verify,
               .server_name = context.tls_server_name,
               .client_certificate = context.client_certificate,
               .client_key = context.client_key,
               .exec = nullptr};
  if (!context.token_file.empty()) {
    config->token = FileToken(context.token_file);
  } else if (!context.token.empty()) {
    config->token = FixedToken(context.token);
  } else if (context.exec) {
    std::string ca = context.certificate_authority.data;
    if (ca.empty() && context.exec->provide_cluster_info &&
        !context.certificate_authority.file.empty()) {
      auto read = ReadFile(context.certificate_authority.file);
      if (!read) return std::unexpected(read.error());
      ca = *std::move(read);
    }
    tls.exec = std::make_shared<ExecCredentials>(*context.exec,
                                                 ExecInfo(*context.exec, context, ca).dump());
    config->token = ExecToken(tls.exec);
    config->exec = tls.exec;
  }
  if (config->tls) SetTls(*config, std::move(tls));
  return config;
}

}  // namespace

std::string Platform() { return "linux/" + Architecture(); }

std::string UserAgent(std::string_view binary) {
  return std::string(binary) + "/" + std::string(kVersion) + " (" + Platform() + ") kubernetes/" +
         std::string(Commit().substr(0, 7));
}

Result<std::shared_ptr<RestConfig>> InClusterConfig(const std::string& root) {
  const std::string host = Environment("KUBERNETES_SERVICE_HOST");
  const std::string port = Environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return Fail(
        ErrorKind::kInvalid,
        "not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be set");
  }
  auto config = std::make_shared<RestConfig>();
  config->host = host;
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), config->port);
  if (fault != std::errc() || end != port.data() + port.size() || config->port == 0) {
    return Fail(ErrorKind::kInvalid, "KUBERNETES_SERVICE_PORT \"" + port + "\" is not a port");
  }
  const std::string folder = root + kAccountFolder;
  config->token = FileToken(folder + "/token");
  if (auto token = ReadFile(folder + "/token"); !token) return Within("in-cluster", token.error());
  if (auto ns = ReadFile(folder + "/namespace"); ns && !Trim(*ns).empty()) {
    config->default_namespace = Trim(*ns);
  }
  SetTls(*config, {.authority = {.data = {}, .file = folder + "/ca.crt"},
                   .insecure_skip_verify = false,
                   .server_name = {},
                   .client_certificate = {},
                   .client_key = {},
                   .exec = nullptr});
  return config;
}

Result<std::shared_ptr<RestConfig>> KubeconfigConfig(const std::string& path,
                                                     const std::string& context) {
  std::string list = path.empty() ? Environment("KUBECONFIG") : path;
  if (list.empty()) list = Environment("HOME") + "/.kube/config";
  const auto files = ReadKubeconfigs(list);
  if (!files) return std::unexpected(files.error());
  const auto resolved = ResolveKubeconfig(*files, context);
  if (!resolved) return std::unexpected(resolved.error());
  return FromContext(*resolved);
}

Result<std::shared_ptr<RestConfig>> LoadRestConfig(const std::string& kubeconfig_path) {
  const bool in_pod = !Environment("KUBERNETES_SERVICE_HOST").empty() &&
                      IsReadable(std::string(kAccountFolder) + "/token");
  if (kubeconfig_path.empty() && in_pod) return InClusterConfig();
  return KubeconfigConfig(kubeconfig_path);
}

}  // namespace mpl::client
