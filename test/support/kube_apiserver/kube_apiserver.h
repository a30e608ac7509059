// A real etcd and a real kube-apiserver on 127.0.0.1, for integration tests.
//
// The programs come from $KUBE_BIN, else from where hack/build-tools put them; without them every
// test fails and says so. Certificates, data and logs live in a temporary folder that goes away
// with the object ($MPL_KEEP=1 keeps it). RBAC is on; the admission plugin ServiceAccount is off,
// because no controller would create the account "default" that pods need. What service accounts of
// metricspipeline-system ask for is in audit.log (audit.h reads it).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kube/x509/issue.h"
#include "test/support/kube_apiserver/process.h"

namespace mpl::test {

class KubeApiServer {
 public:
  // The one of this test binary: starts at the first call, stops at exit.
  static KubeApiServer& Shared();

  // One of its own, with further flags for kube-apiserver ("--feature-gates=WatchList=false").
  // Returns when /readyz says so; throws std::runtime_error with the end of the log otherwise.
  explicit KubeApiServer(std::vector<std::string> extra_flags = {});
  ~KubeApiServer();
  KubeApiServer(const KubeApiServer&) = delete;
  KubeApiServer& operator=(const KubeApiServer&) = delete;

  // Stop ends the process; Start brings it back on the same port with the same data.
  void StopApiServer();
  void StartApiServer();
  // Makes etcd forget every revision but the present one: older resourceVersions become 410.
  void CompactEtcd();

  // For PutAll and DeletePrefix (etcd_gateway.h).
  int etcd_port() const { return etcd_port_; }

  int port() const { return port_; }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }
  const std::string& folder() const { return folder_; }  // logs: etcd.log, kube-apiserver.log
  // Of a user in system:masters, by client certificate.
  std::string kubeconfig_path() const { return folder_ + "/kubeconfig"; }

  // Signs the API server's serving certificate and the clients' certificates (client-ca-file).
  const x509::KeyPair& authority() const { return authority_; }
  const x509::KeyPair& admin() const { return admin_; }
  // What the aggregator shows to aggregated servers (CN=front-proxy-client), and its own CA.
  const x509::KeyPair& front_proxy_authority() const { return front_proxy_authority_; }
  const x509::KeyPair& front_proxy_client() const { return front_proxy_client_; }

  // A client certificate of this user, signed by authority().
  x509::KeyPair IssueClient(const std::string& user, const std::vector<std::string>& groups = {});
  // Writes a kubeconfig of that user into folder() and returns its path.
  std::string WriteKubeconfig(const std::string& user, const std::vector<std::string>& groups = {});
  // A token of a service account that exists (TokenRequest).
  std::string ServiceAccountToken(const std::string& ns, const std::string& name);
  // The private key that signs those tokens (PEM, ECDSA P-256).
  const std::string& token_key() const { return token_key_; }

  std::string kubectl_path() const { return binaries_ + "/kubectl"; }
  // kube-controller-manager with these controllers, as admin, until the object goes.
  ChildProcess StartControllers(const std::string& controllers);
  // kubectl as admin; standard input may be given ("apply -f -"). Throws with kubectl's words when
  // it fails.
  std::string Kubectl(std::vector<std::string> arguments, const std::string& input = {});

 private:
  void WritePki();
  void WriteConfig(const std::string& path, const x509::KeyPair& client) const;
  void StartEtcd();
  void AwaitReady();
  std::string File(const std::string& name, const std::string& content) const;
  std::vector<std::string> ApiServerCommand() const;
  [[noreturn]] void Give(const std::string& program, const std::string& why) const;

  std::string binaries_;
  std::string folder_;
  std::vector<std::string> extra_flags_;
  int port_ = 0;
  int etcd_port_ = 0;
  x509::KeyPair authority_, admin_, front_proxy_authority_, front_proxy_client_;
  std::string token_key_;
  ChildProcess etcd_, server_;
};

}  // namespace mpl::test
