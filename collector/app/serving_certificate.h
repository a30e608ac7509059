// The certificate that our HTTPS server shows: from files that are read again when they change, or
// self-signed in memory.
//
// Not thread-safe: lives on the serve runtime.
#pragma once

#include <memory>
#include <string>

#include "kube/base/error.h"
#include "kube/net/runtime.h"
#include "kube/net/tls.h"

namespace mpl::app {

class ServingCertificate {
 public:
  // Both empty: self-signed for `host`.
  ServingCertificate(std::string cert_file, std::string key_file, std::string host);

  // Reads the files. A pair that does not fit together (we may look in the middle of a change) or
  // cannot be read is an error; what was there before stays in use.
  Result<void> Load();
  // Looks at the files every few seconds, until the task is cancelled.
  net::Task<void> Watch(Duration interval);
  // Null before the first successful Load.
  const std::shared_ptr<const net::TlsServerContext>& context() const { return context_; }

 private:
  Result<net::KeyPairPem> Read() const;

  std::string cert_file_, key_file_, host_;
  std::string loaded_;  // SHA-256 of both contents
  std::string trouble_;
  std::shared_ptr<const net::TlsServerContext> context_;
};

}  // namespace mpl::app
