// Where tokens and certificates come from while they change: files and exec plug-ins.
//
// Not thread-safe: one runtime. Reading is blocking, and short; a plug-in is given 30 s.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/client/kubeconfig.h"
#include "kube/client/rest_config.h"

namespace mpl::client {

// kUnreachable names the path when it cannot be read.
Result<std::string> ReadFile(const std::string& path);

std::shared_ptr<TokenSource> FixedToken(std::string token);
// Reads the file again every 60 s and after Invalidate; keeps the old token while it cannot.
std::shared_ptr<TokenSource> FileToken(std::string path);

// Runs the plug-in when it has no credential, the credential has expired, or it was refused.
class ExecCredentials {
 public:
  // `environment`: variables in addition to our own.
  ExecCredentials(ExecPlugin plugin, std::string exec_info);
  Result<ExecCredential> Get();
  void Invalidate() { credential_.reset(); }

 private:
  Result<ExecCredential> Run() const;

  ExecPlugin plugin_;
  std::string exec_info_;
  std::optional<ExecCredential> credential_;
};
std::shared_ptr<TokenSource> ExecToken(std::shared_ptr<ExecCredentials> credentials);

// What a TLS context is made of, each part fixed or in a file.
struct TlsFiles {
  DataOrFile authority;  // empty: the system's roots
  bool insecure_skip_verify = false;
  std::string server_name;
  DataOrFile client_certificate;
  DataOrFile client_key;
  std::shared_ptr<ExecCredentials> exec;  // may be null
};

// Makes the context, and makes it anew when a file changed; looks at most once a minute. A file
// that cannot be read keeps the old context.
class TlsSource {
 public:
  explicit TlsSource(TlsFiles files) : files_(std::move(files)) {}
  Result<std::shared_ptr<const net::TlsClientContext>> Get(MonoTime now);

 private:
  Result<net::TlsClientOptions> Read();
  bool Due(MonoTime now) const;

  TlsFiles files_;
  std::optional<MonoTime> read_at_;
  std::shared_ptr<const net::TlsClientContext> context_;
};

}  // namespace mpl::client
