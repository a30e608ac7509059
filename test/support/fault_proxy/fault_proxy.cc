#include "test/support/fault_proxy/fault_proxy.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "kube/x509/issue.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

constexpr std::chrono::seconds kStartLimit{20};

x509::KeyPair ServingCertificate(const KubeApiServer& server) {
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  x509::CertificateRequest request;
  request.common_name = "fault-proxy";
  request.ip_addresses = {"127.0.0.1"};
  request.not_before = now - std::chrono::hours(1);
  request.not_after = now + std::chrono::hours(24);
  auto pair = x509::IssueLeaf(server.authority(), request);
  if (!pair) throw std::runtime_error(pair.error().message);
  return *std::move(pair);
}

}  // namespace

FaultProxy::FaultProxy(KubeApiServer& server)
    : folder_(server.folder() + "/fault-proxy"), port_(FreePort()) {
  std::filesystem::create_directories(folder_);
  const auto write = [&](const char* name, const std::string& content) {
    std::ofstream(folder_ + "/" + name) << content;
    return folder_ + "/" + name;
  };
  const x509::KeyPair pair = ServingCertificate(server);
  const std::string certificate = write("tls.crt", pair.certificate_pem);
  const std::string key = write("tls.key", pair.private_key_pem);
  const std::string authority = write("ca.crt", server.authority().certificate_pem);
  Set("none");
  process_ = ChildProcess(
      {"/usr/bin/python3", SourcePath("test/support/fault_proxy/proxy.py"), std::to_string(port_),
       std::to_string(server.port()), certificate, key, authority, folder_},
      folder_ + "/proxy.log");
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  const std::string kubectl = server.kubectl_path();
  while (RunCommand({kubectl, "--kubeconfig", server.kubeconfig_path(), "--server", url(), "get",
                     "--raw", "/version"})
             .errors.find("refused") != std::string::npos) {
    if (std::chrono::steady_clock::now() > deadline || !process_.Running()) {
      throw std::runtime_error("the fault proxy does not listen: see " + folder_ + "/proxy.log");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void FaultProxy::Set(const std::string& fault) const {
  // Whole or not at all: the proxy reads it at any moment.
  std::ofstream(folder_ + "/fault.new") << fault;
  std::filesystem::rename(folder_ + "/fault.new", folder_ + "/fault");
}

int FaultProxy::Requests(const std::string& fault) const {
  std::ifstream file(folder_ + "/requests");
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(fault + " ")) ++count;
  }
  return count;
}

}  // namespace mpl::test
