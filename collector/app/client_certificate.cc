#include "collector/app/client_certificate.h"

#include "kube/client/read_file.h"
#include "kube/telemetry/log.h"
#include "kube/x509/certificate.h"

namespace mpl::app {
namespace {

// Whether OpenSSL takes both together; nobody is dialled with it.
Result<void> Check(const net::KeyPairPem& pair) {
  net::TlsClientOptions options;
  options.insecure_skip_verify = true;
  options.client_certificate = pair;
  auto context = net::TlsClientContext::Create(std::move(options));
  if (!context) return Within("kubelet client certificate", context.error());
  return {};
}

}  // namespace

ClientCertificate::ClientCertificate(std::string cert_file, std::string key_file)
    : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)) {}

Result<bool> ClientCertificate::Load() {
  if (cert_file_.empty()) return false;
  auto certificate = client::ReadFile(cert_file_);
  if (!certificate) return Within("--kubelet-client-certificate", certificate.error());
  auto key = client::ReadFile(key_file_);
  if (!key) return Within("--kubelet-client-key", key.error());
  net::KeyPairPem pair{*std::move(certificate), *std::move(key)};
  if (pair_ == pair) return false;
  if (auto fits = Check(pair); !fits) return std::unexpected(fits.error());
  const auto chain = x509::ParsePemCertificates(pair.certificate_chain);
  if (!chain) return Within("--kubelet-client-certificate", chain.error());
  pair_ = std::move(pair);
  log::Info("kubelet client certificate loaded",
            {{"subject", chain->front().subject()},
             {"issuer", chain->front().issuer()},
             {"notAfter", FormatRfc3339(chain->front().not_after())}});
  return true;
}

}  // namespace mpl::app
