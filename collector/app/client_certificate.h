// The certificate that kubelets are shown in place of a token: from two files that are read again
// when they change. Edge; not thread-safe: lives on the scrape runtime.
#pragma once

#include <optional>
#include <string>

#include "kube/base/error.h"
#include "kube/net/tls.h"

namespace mpl::app {

class ClientCertificate {
 public:
  // Both empty: there is none, ever.
  ClientCertificate(std::string cert_file, std::string key_file);

  // Reads the files. True: pair() is another one than before. A pair that does not fit together (we
  // may look in the middle of a change) or cannot be read is an error; what was there stays in use.
  Result<bool> Load();
  // Nothing before the first successful Load.
  const std::optional<net::KeyPairPem>& pair() const { return pair_; }

 private:
  std::string cert_file_, key_file_;
  std::optional<net::KeyPairPem> pair_;
};

}  // namespace mpl::app
