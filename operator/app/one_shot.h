// Runs one coroutine to its end, for commands that ask something and go.
#pragma once

#include <exception>
#include <optional>
#include <type_traits>

#include "kube/client/kube_client.h"
#include "kube/net/runtime.h"

namespace mpl::app {

// What a one-shot command works with; outlives the coroutine that it is given to.
struct Session {
  client::KubeClient& client;
  const client::RestConfig& config;
};

namespace detail {

template <class T>
net::Task<void> Fulfil(net::Task<Result<T>> task, std::optional<Result<T>>& answer,
                       net::IoRuntime& runtime) {
  answer = co_await std::move(task);
  runtime.Stop();
}

}  // namespace detail

// `ask` gets a client made from `kubeconfig` (empty: in-cluster, else $KUBECONFIG).
template <class T, class Argument>
Result<T> OneShot(const std::string& kubeconfig,
                  net::Task<Result<T>> (*ask)(Session, Argument argument),
                  std::type_identity_t<Argument> argument) {
  const auto config = client::LoadRestConfig(kubeconfig);
  if (!config) return std::unexpected(config.error());
  (*config)->user_agent = client::UserAgent("metricspipeline-operator");
  net::IoRuntime runtime;
  client::KubeClient client(runtime.executor(), *config);
  net::TaskGroup tasks(runtime.executor());
  std::optional<Result<T>> answer;
  tasks.Spawn("ask", detail::Fulfil<T>(ask(Session{client, **config}, std::move(argument)), answer,
                                       runtime));
  runtime.Run();
  if (!answer) return Fail(ErrorKind::kInternal, "the question ended without an answer");
  return *std::move(answer);
}

}  // namespace mpl::app
