#include "test/support/kube_apiserver/kube_apiserver.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "kube/base/digest.h"
#include "kube/base/text.h"
#include "test/support/kube_apiserver/etcd_gateway.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

// What the operator and its collectors ask for, not with which words.
constexpr const char* kAuditPolicy = R"(apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, userGroups: ['system:serviceaccounts:metricspipeline-system']}
- {level: None}
)";

constexpr std::chrono::seconds kStartLimit{60};  // usually 5 s; sanitizer builds run beside us

TimePoint Now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

template <class T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

std::string FindBinaries() {
  const char* given = std::getenv("KUBE_BIN");
  std::string folder = given != nullptr ? given : "";
  if (folder.empty()) {
    const auto asked = RunCommand({SourcePath("hack/build-tools"), "--path", "kubernetes"});
    folder = std::string(Trim(asked.out));
  }
  for (const char* program : {"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"}) {
    if (!std::filesystem::exists(folder + "/" + program)) {
      throw std::runtime_error("integration tests need " + std::string(program) + " in \"" +
                               folder + "\": run hack/build-tools kubernetes, or set KUBE_BIN");
    }
  }
  return folder;
}

std::string LastLines(const std::string& path) {
  std::ifstream file(path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return text.size() > 3000 ? text.substr(text.size() - 3000) : text;
}

x509::CertificateRequest Request(const std::string& name, x509::Purpose purpose) {
  x509::CertificateRequest request;
  request.common_name = name;
  request.not_before = Now() - std::chrono::hours(1);
  request.not_after = Now() + std::chrono::hours(24);
  request.purpose = purpose;
  return request;
}

x509::KeyPair NewAuthority(const std::string& name) {
  return Must(
      x509::IssueAuthority(name, Now() - std::chrono::hours(1), Now() + std::chrono::hours(24)));
}

}  // namespace

KubeApiServer& KubeApiServer::Shared() {
  static KubeApiServer server;
  return server;
}

KubeApiServer::KubeApiServer(std::vector<std::string> extra_flags)
    : binaries_(FindBinaries()), extra_flags_(std::move(extra_flags)) {
  folder_ = "/tmp/mpl-kube-XXXXXX";
  if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("cannot make a folder in /tmp");
  port_ = FreePort();
  WritePki();
  StartEtcd();
  StartApiServer();
}

KubeApiServer::~KubeApiServer() {
  server_.Kill();
  etcd_.Kill();
  if (std::getenv("MPL_KEEP") == nullptr) std::filesystem::remove_all(folder_);
}

void KubeApiServer::WritePki() {
  authority_ = NewAuthority("test-ca");
  front_proxy_authority_ = NewAuthority("test-front-proxy-ca");
  front_proxy_client_ = Must(x509::IssueLeaf(
      front_proxy_authority_, Request("front-proxy-client", x509::Purpose::kClientAuth)));
  admin_ = IssueClient("test-admin", {"system:masters"});

  auto serving = Request("kube-apiserver", x509::Purpose::kServerAuth);
  serving.dns_names = {"localhost", "kubernetes.default.svc"};
  serving.ip_addresses = {"127.0.0.1"};
  const auto server = Must(x509::IssueLeaf(authority_, serving));
  const auto tokens = Must(x509::IssueSelfSigned(Request("tokens", x509::Purpose::kServerAuth)));

  File("ca.crt", authority_.certificate_pem);
  File("server.crt", server.certificate_pem);
  File("server.key", server.private_key_pem);
  File("front-proxy-ca.crt", front_proxy_authority_.certificate_pem);
  File("front-proxy.crt", front_proxy_client_.certificate_pem);
  File("front-proxy.key", front_proxy_client_.private_key_pem);
  File("tokens.crt", tokens.certificate_pem);
  File("tokens.key", tokens.private_key_pem);
  File("audit-policy.yaml", kAuditPolicy);
  token_key_ = tokens.private_key_pem;
  WriteConfig(kubeconfig_path(), admin_);
}

std::string KubeApiServer::File(const std::string& name, const std::string& content) const {
  std::string path = folder_ + "/" + name;
  std::ofstream(path) << content;
  chmod(path.c_str(), 0600);
  return path;
}

void KubeApiServer::WriteConfig(const std::string& path, const x509::KeyPair& client) const {
  std::ofstream(path) << "apiVersion: v1\nkind: Config\ncurrent-context: test\n"
                      << "clusters:\n- name: test\n  cluster:\n    server: " << url()
                      << "\n    certificate-authority-data: "
                      << Base64Encode(authority_.certificate_pem)
                      << "\ncontexts:\n- name: test\n  context: {cluster: test, user: test}\n"
                      << "users:\n- name: test\n  user:\n    client-certificate-data: "
                      << Base64Encode(client.certificate_pem)
                      << "\n    client-key-data: " << Base64Encode(client.private_key_pem) << "\n";
}

x509::KeyPair KubeApiServer::IssueClient(const std::string& user,
                                         const std::vector<std::string>& groups) {
  auto request = Request(user, x509::Purpose::kClientAuth);
  request.organizations = groups;
  return Must(x509::IssueLeaf(authority_, request));
}

std::string KubeApiServer::WriteKubeconfig(const std::string& user,
                                           const std::vector<std::string>& groups) {
  std::string path = folder_ + "/kubeconfig-" + PercentEncode(user);
  WriteConfig(path, IssueClient(user, groups));
  return path;
}

void KubeApiServer::StartEtcd() {
  etcd_port_ = FreePort();
  const std::string client = "http://127.0.0.1:" + std::to_string(etcd_port_);
  const std::string peer = "http://127.0.0.1:" + std::to_string(FreePort());
  etcd_ = ChildProcess({binaries_ + "/etcd", "--data-dir=" + folder_ + "/etcd", "--unsafe-no-fsync",
                        "--listen-client-urls=" + client, "--advertise-client-urls=" + client,
                        "--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
                        "--initial-cluster=default=" + peer, "--log-level=warn"},
                       folder_ + "/etcd.log");
}

std::vector<std::string> KubeApiServer::ApiServerCommand() const {
  const auto at = [&](const char* flag, const char* name) {
    return std::string(flag) + "=" + folder_ + "/" + name;
  };
  std::vector<std::string> command = {
      binaries_ + "/kube-apiserver",
      "--etcd-servers=http://127.0.0.1:" + std::to_string(etcd_port_),
      "--secure-port=" + std::to_string(port_),
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      "--endpoint-reconciler-type=none",
      "--service-cluster-ip-range=10.96.0.0/24",
      "--authorization-mode=RBAC",
      "--allow-privileged=true",
      "--disable-admission-plugins=ServiceAccount",
      // As OpenShift has it: an ownerReference that blocks deletion takes a right of its own.
      "--enable-admission-plugins=OwnerReferencesPermissionEnforcement",
      "--service-account-issuer=https://kubernetes.default.svc",
      at("--cert-dir", "certs"),
      at("--tls-cert-file", "server.crt"),
      at("--tls-private-key-file", "server.key"),
      at("--client-ca-file", "ca.crt"),
      at("--service-account-key-file", "tokens.crt"),
      at("--service-account-signing-key-file", "tokens.key"),
      at("--requestheader-client-ca-file", "front-proxy-ca.crt"),
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-uid-headers=X-Remote-Uid",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      at("--proxy-client-cert-file", "front-proxy.crt"),
      at("--proxy-client-key-file", "front-proxy.key"),
      at("--audit-policy-file", "audit-policy.yaml"),
      at("--audit-log-path", "audit.log"),
  };
  command.insert(command.end(), extra_flags_.begin(), extra_flags_.end());
  return command;
}

void KubeApiServer::StartApiServer() {
  server_ = ChildProcess(ApiServerCommand(), folder_ + "/kube-apiserver.log");
  AwaitReady();
}

void KubeApiServer::StopApiServer() { server_.Kill(); }

void KubeApiServer::AwaitReady() {
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  const std::vector<std::string> probe = {binaries_ + "/kubectl",
                                          "--kubeconfig",
                                          kubeconfig_path(),
                                          "--request-timeout=5s",
                                          "get",
                                          "--raw",
                                          "/readyz"};
  while (RunCommand(probe).exit_code != 0) {
    if (!etcd_.Running()) Give("etcd", "ended");
    if (!server_.Running()) Give("kube-apiserver", "ended");
    if (std::chrono::steady_clock::now() > deadline)
      Give("kube-apiserver", "was not ready in time");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void KubeApiServer::Give(const std::string& program, const std::string& why) const {
  throw std::runtime_error(program + " " + why + "; its log ends with:\n" +
                           LastLines(folder_ + "/" + program + ".log"));
}

ChildProcess KubeApiServer::StartControllers(const std::string& controllers) {
  return {{binaries_ + "/kube-controller-manager", "--kubeconfig=" + kubeconfig_path(),
           "--leader-elect=false", "--bind-address=127.0.0.1",
           "--secure-port=" + std::to_string(FreePort()), "--cert-dir=" + folder_ + "/certs",
           "--controllers=" + controllers},
          folder_ + "/kube-controller-manager.log"};
}

void KubeApiServer::CompactEtcd() { CompactEverything(etcd_port_); }

std::string KubeApiServer::ServiceAccountToken(const std::string& ns, const std::string& name) {
  return std::string(Trim(Kubectl({"create", "token", "-n", ns, name})));
}

std::string KubeApiServer::Kubectl(std::vector<std::string> arguments, const std::string& input) {
  std::vector<std::string> command = {binaries_ + "/kubectl", "--kubeconfig", kubeconfig_path(),
                                      "--cache-dir", folder_ + "/cache"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const CommandOutput done = RunCommand(command, input);
  if (done.exit_code != 0) {
    throw std::runtime_error("kubectl " + Join(arguments, " ") + ": " + done.errors);
  }
  return done.out;
}

}  // namespace mpl::test
