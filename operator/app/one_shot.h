// Runs one coroutine to its end, for commands that ask something and go.
#pragma once

#include <exception>
#include <optional>

#include "kube/client/kube_client.h"
#include "kube/net/runtime.h"

namespace mpl::app {

// `ask` gets a client made from `kubeconfig` (empty: in-cluster, else $KUBECONFIG).
template <class T>
Result<T> OneShot(const std::string& kubeconfig,
                  net::Task<Result<T>> (*ask)(client::KubeClient&, std::string argument),
                  std::string argument);

namespace detail {

template <class T>
net::Task<void> Fulfil(net::Task<Result<T>> task, std::optional<Result<T>>& answer,
                       net::IoRuntime& runtime) {
  answer = co_await std::move(task);
  runtime.Stop();
}

}  // namespace detail

template <class T>
Result<T> OneShot(const std::string& kubeconfig,
                  net::Task<Result<T>> (*ask)(client::KubeClient&, std::string argument),
                  std::string argument) {
  const auto config = client::LoadRestConfig(kubeconfig);
  if (!config) return std::unexpected(config.error());
  (*config)->user_agent = client::UserAgent("metricspipeline-operator");
  net::IoRuntime runtime;
  client::KubeClient client(runtime.executor(), *config);
  net::TaskGroup tasks(runtime.executor());
  std::optional<Result<T>> answer;
  tasks.Spawn("ask", detail::Fulfil<T>(ask(client, std::move(argument)), answer, runtime));
  runtime.Run();
  if (!answer) return Fail(ErrorKind::kInternal, "the question ended without an answer");
  return *std::move(answer);
}

}  // namespace mpl::app
