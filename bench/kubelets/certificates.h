// Serving certificates of all kubelets: one each, of one authority, for its address and name, as a
// cluster with signed kubelet certificates has them. Made before the first connection, so that it
// costs neither of the servers that are compared.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/serving/tls_socket.h"

namespace mpl::bench {

class Certificates {
 public:
  // Writes the authority's certificate to `authority_file`. Throws std::runtime_error.
  Certificates(int nodes, const std::string& authority_file);

  // Makes the connection present the node's certificate, or one that the node signed itself.
  enum class Signer { kAuthority, kItself };
  void Present(SSL* connection, int node, Signer signer) const;

  SSL_CTX* context() const { return context_.get(); }

 private:
  struct Free {
    void operator()(X509* p) const { X509_free(p); }
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  };
  struct Pair {
    std::unique_ptr<X509, Free> certificate;
    std::unique_ptr<EVP_PKEY, Free> key;
  };
  static Pair Load(const std::string& certificate_pem, const std::string& key_pem);

  TlsContext context_;
  std::vector<Pair> signed_;
  Pair own_;  // self-signed, shared by all that misbehave
};

}  // namespace mpl::bench
