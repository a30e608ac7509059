// Where tokens and certificates come from while they change: files and exec plug-ins.
//
// Not thread-safe: one runtime. Reading files blocks, and is short; a plug-in is given 30 s, during
// which the runtime goes on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/client/kubeconfig.h"
#include "kube/client/rest_config.h"
#include "kube/client/run_program.h"
#include "kube/net/runtime.h"

namespace mpl::client {

std::shared_ptr<TokenSource> FixedToken(std::string token);
// Reads the file again every 60 s and after Invalidate; keeps the old token while it cannot.
std::shared_ptr<TokenSource> FileToken(std::string path);

// What an exec plug-in said last.
class ExecCredentials : public std::enable_shared_from_this<ExecCredentials> {
 public:
  // `exec_info`: what the plug-in finds in KUBERNETES_EXEC_INFO.
  ExecCredentials(ExecPlugin plugin, std::string exec_info);

  // Runs the plug-in when there is no credential, or it has expired or was refused. It runs as a
  // task of `tasks`; whoever asks meanwhile waits for the same run. kTimeout at `deadline`: the run
  // goes on, for those who ask later.
  net::Task<Result<void>> Renew(net::TaskGroup& tasks, MonoTime deadline);
  // kUnauthorized before the first Renew.
  Result<ExecCredential> Get() const;
  void Invalidate() { refused_ = true; }
  // How many credentials there have been.
  int generation() const { return generation_; }

 private:
  struct Flight {
    explicit Flight(net::Executor executor) : done(std::move(executor)) {}
    net::Signal done;
    std::optional<Result<void>> outcome;
  };
  // However a run ends, those who wait for it hear of it.
  struct Landing {
    std::shared_ptr<ExecCredentials> self;
    std::shared_ptr<Flight> flight;
    ~Landing();
  };

  bool Due() const;
  static net::Task<void> Fly(std::shared_ptr<ExecCredentials> self, std::shared_ptr<Flight> flight);
  Program Command() const;
  Result<void> TakeUp(Result<std::string> output);

  ExecPlugin plugin_;
  std::string exec_info_;
  std::optional<ExecCredential> credential_;
  bool refused_ = false;
  int generation_ = 0;
  std::shared_ptr<Flight> flight_;  // null: the plug-in is not running
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
  int exec_generation_ = 0;  // at that time
  std::shared_ptr<const net::TlsClientContext> context_;
};

}  // namespace mpl::client
