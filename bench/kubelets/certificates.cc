#include "bench/kubelets/certificates.h"

#include <openssl/pem.h>

#include <chrono>
#include <fstream>
#include <stdexcept>

#include "bench/workload/cluster.h"
#include "kube/x509/issue.h"

namespace mpl::bench {
namespace {

template <class T>
T Must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

x509::CertificateRequest Request(int node, TimePoint now) {
  x509::CertificateRequest request;
  request.common_name = "system:node:" + NodeName(node);
  request.organizations = {"system:nodes"};
  request.dns_names = {NodeName(node)};
  request.ip_addresses = {NodeAddress(node)};
  request.not_before = now - std::chrono::hours(1);
  request.not_after = now + std::chrono::hours(24);
  return request;
}

// As a kubelet: a client certificate is welcome but not judged.
TlsContext MakeContext() {
  TlsContext context = MakeTlsContext();
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
  return context;
}

}  // namespace

Certificates::Pair Certificates::Load(const std::string& certificate_pem,
                                      const std::string& key_pem) {
  const auto read = [](const std::string& pem, auto reader) {
    BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    auto* found = reader(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    if (found == nullptr) throw std::runtime_error("a fresh certificate or key cannot be read");
    return found;
  };
  Pair pair;
  pair.certificate.reset(read(certificate_pem, PEM_read_bio_X509));
  pair.key.reset(read(key_pem, PEM_read_bio_PrivateKey));
  return pair;
}

Certificates::Certificates(int nodes, const std::string& authority_file) : context_(MakeContext()) {
  const auto now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  const auto authority = Must(
      x509::IssueAuthority("kubelets", now - std::chrono::hours(1), now + std::chrono::hours(24)));
  std::ofstream file(authority_file);
  file << authority.certificate_pem;
  if (!file.flush()) throw std::runtime_error("cannot write " + authority_file);
  for (int node = 0; node < nodes; ++node) {
    const auto pair = Must(x509::IssueLeaf(authority, Request(node, now)));
    signed_.push_back(Load(pair.certificate_pem, pair.private_key_pem));
  }
  const auto own = Must(x509::IssueSelfSigned(Request(0, now)));
  own_ = Load(own.certificate_pem, own.private_key_pem);
}

void Certificates::Present(SSL* connection, int node, Signer signer) const {
  const Pair& pair = signer == Signer::kItself ? own_ : signed_[static_cast<std::size_t>(node)];
  SSL_use_certificate(connection, pair.certificate.get());
  SSL_use_PrivateKey(connection, pair.key.get());
}

}  // namespace mpl::bench
