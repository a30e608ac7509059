// How to reach an API server and who we are there: in-cluster files or a kubeconfig.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/net/tls.h"

namespace mpl::client {

class ExecCredentials;

// The bearer token of the moment. Implementations: none, fixed, file (read again every 60 s), what
// an exec plug-in said last. A read that fails keeps the old token.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // Empty: no token. Cheap; may read a small file when due.
  virtual Result<std::string> Token(MonoTime now) = 0;
  // The server refused the token: get a new one at the next call.
  virtual void Invalidate() = 0;
  // The same, said by a server that took our tokens until now: more likely the token's fault than
  // its own.
  virtual void Revoked() { Invalidate(); }
};

struct RestConfig {
  std::string host;
  std::uint16_t port = 443;
  bool tls = true;
  std::string path_prefix;  // "/k8s/clusters/c-1" or empty, never ends in "/"
  std::string default_namespace = "default";
  std::string user_agent;  // see UserAgent()
  double qps = 50;         // client-side rate limit; 0: none
  int burst = 100;
  std::shared_ptr<TokenSource> token;  // may be null
  // Whose plug-in is run before a request when its credential is no longer good; may be null.
  std::shared_ptr<ExecCredentials> exec;
  // Called before each attempt of a request; re-reads files that changed (at most once a minute)
  // and answers the same context as long as nothing did.
  std::function<Result<std::shared_ptr<const net::TlsClientContext>>(MonoTime now)> tls_context;
};

// "linux/amd64", as Go writes GOOS and GOARCH.
std::string Platform();
// "<binary>/<version> (linux/amd64) kubernetes/<commit7>", as client-go forms it.
std::string UserAgent(std::string_view binary);

// From KUBERNETES_SERVICE_HOST/PORT and /var/run/secrets/kubernetes.io/serviceaccount. `root` is
// put before that path (tests).
Result<std::shared_ptr<RestConfig>> InClusterConfig(const std::string& root = {});
// `path` may be a list separated by ':' (first file that has the entry wins); empty: $KUBECONFIG,
// then ~/.kube/config. `context` empty: current-context.
Result<std::shared_ptr<RestConfig>> KubeconfigConfig(const std::string& path,
                                                     const std::string& context = {});
// In a pod: in-cluster; else kubeconfig. A path given always means kubeconfig.
Result<std::shared_ptr<RestConfig>> LoadRestConfig(const std::string& kubeconfig_path);

}  // namespace mpl::client
