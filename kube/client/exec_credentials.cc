// Exec plug-ins: client.authentication.k8s.io.
#include <boost/asio/this_coro.hpp>

#include "kube/client/credentials.h"
#include "kube/client/run_program.h"

namespace mpl::client {
namespace {

constexpr std::chrono::seconds kPluginLimit{30};

}  // namespace

ExecCredentials::ExecCredentials(ExecPlugin plugin, std::string exec_info)
    : plugin_(std::move(plugin)), exec_info_(std::move(exec_info)) {}

bool ExecCredentials::Due() const {
  if (!credential_ || refused_) return true;
  return credential_->expires && *credential_->expires <= net::SystemNow();
}

net::Task<Result<void>> ExecCredentials::Renew(net::TaskGroup& tasks, MonoTime deadline) {
  if (!Due()) co_return Result<void>();
  if (flight_ == nullptr) {
    const net::Executor executor = co_await boost::asio::this_coro::executor;
    flight_ = std::make_shared<Flight>(executor);
    tasks.Spawn("credential plug-in", Fly(shared_from_this(), flight_));
  }
  const std::shared_ptr<Flight> flight = flight_;
  while (!flight->outcome) {
    const bool woken = co_await flight->done.Wait(deadline);
    if (woken || flight->outcome) continue;
    if (net::SteadyNow() < deadline) co_return Fail(ErrorKind::kCancelled, "cancelled");
    co_return Fail(ErrorKind::kTimeout, "credential plug-in " + plugin_.command +
                                            ": has not answered within the request's time");
  }
  co_return *flight->outcome;
}

ExecCredentials::Landing::~Landing() {
  self->flight_.reset();
  if (!flight->outcome) flight->outcome = Fail(ErrorKind::kCancelled, "the plug-in was given up");
  flight->done.Notify();
}

net::Task<void> ExecCredentials::Fly(std::shared_ptr<ExecCredentials> self,
                                     std::shared_ptr<Flight> flight) {
  const Landing landing{self, flight};
  auto output = co_await RunProgram(self->Command());
  flight->outcome = self->TakeUp(std::move(output));
}

Program ExecCredentials::Command() const {
  Program program{.command = plugin_.command,
                  .arguments = plugin_.arguments,
                  .environment = plugin_.environment,
                  .limit = kPluginLimit};
  program.environment.emplace_back("KUBERNETES_EXEC_INFO", exec_info_);
  return program;
}

Result<void> ExecCredentials::TakeUp(Result<std::string> output) {
  const std::string what = "credential plug-in " + plugin_.command;
  if (!output) {
    Error error = std::move(output.error());
    if (!plugin_.install_hint.empty()) error.message += " (" + plugin_.install_hint + ")";
    return Within(what, std::move(error));
  }
  auto fresh = ParseExecCredential(*output, plugin_.api_version);
  if (!fresh) return Within(what, fresh.error());
  credential_ = *std::move(fresh);
  refused_ = false;
  ++generation_;
  return {};
}

Result<ExecCredential> ExecCredentials::Get() const {
  if (credential_) return *credential_;
  return Fail(ErrorKind::kUnauthorized,
              "credential plug-in " + plugin_.command + " has not been run yet");
}

}  // namespace mpl::client
