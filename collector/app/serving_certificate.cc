#include "collector/app/serving_certificate.h"

#include "kube/base/digest.h"
#include "kube/client/read_file.h"
#include "kube/telemetry/log.h"
#include "kube/x509/issue.h"

namespace mpl::app {
namespace {

constexpr auto kSelfSignedLife = std::chrono::hours(24 * 365);

Result<net::KeyPairPem> SelfSigned(const std::string& host) {
  x509::CertificateRequest request;
  request.common_name = host;
  request.dns_names = {host, "localhost"};
  request.ip_addresses = {"127.0.0.1", "::1"};
  request.not_before = net::SystemNow() - std::chrono::hours(1);
  request.not_after = net::SystemNow() + kSelfSignedLife;
  const auto pair = x509::IssueSelfSigned(request);
  if (!pair) return Within("self-signed serving certificate", pair.error());
  return net::KeyPairPem{pair->certificate_pem, pair->private_key_pem};
}

}  // namespace

ServingCertificate::ServingCertificate(std::string cert_file, std::string key_file,
                                       std::string host)
    : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)), host_(std::move(host)) {}

Result<net::KeyPairPem> ServingCertificate::Read() const {
  auto certificate = client::ReadFile(cert_file_);
  if (!certificate) return Within("--tls-cert-file", certificate.error());
  auto key = client::ReadFile(key_file_);
  if (!key) return Within("--tls-key-file", key.error());
  return net::KeyPairPem{*std::move(certificate), *std::move(key)};
}

Result<void> ServingCertificate::Load() {
  if (cert_file_.empty() && context_ != nullptr) return {};
  const auto pair = cert_file_.empty() ? SelfSigned(host_) : Read();
  if (!pair) return std::unexpected(pair.error());
  const std::string digest = Sha256(pair->certificate_chain) + Sha256(pair->private_key);
  if (digest == loaded_) return {};
  auto context = net::TlsServerContext::Create(*pair);
  if (!context) return Within("serving certificate", context.error());
  context_ = *std::move(context);
  loaded_ = digest;
  const auto chain = x509::ParsePemCertificates(pair->certificate_chain);
  if (!chain) return Within("serving certificate", chain.error());
  log::Info("serving certificate loaded",
            {{"subject", chain->front().subject()},
             {"issuer", chain->front().issuer()},
             {"names", chain->front().DescribeSans()},
             {"notAfter", FormatRfc3339(chain->front().not_after())}});
  return {};
}

net::Task<void> ServingCertificate::Watch(Duration interval) {
  if (cert_file_.empty()) co_return;
  for (;;) {
    const bool slept = co_await net::SleepFor(interval);
    if (!slept) co_return;
    const auto loaded = Load();
    const std::string trouble = loaded ? std::string() : loaded.error().message;
    if (trouble != trouble_ && !trouble.empty()) {
      log::Warning("serving certificate kept", {{"reason", trouble}});
    }
    trouble_ = trouble;
  }
}

}  // namespace mpl::app
