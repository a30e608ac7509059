#include "kube/net/runtime.h"

#include <pthread.h>
#include <sys/resource.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>
#include <thread>

namespace mpl::net {

namespace asio = boost::asio;

namespace {

// The soft limit is 1024 for the sake of select(2), which we do not use; under containerd 2 and
// systemd that is what a container gets, and thousands of kubelets do not fit. Go's runtime does
// the same at its start.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct IoRuntime::Impl {
  // The hint says that one thread runs it: Asio then wakes no second one. Post() stays thread-safe.
  asio::io_context context{1};
  std::thread thread;
  std::optional<asio::signal_set> signals;
  std::function<void()> on_terminate;

  void RunPausing(Duration pause) {
    while (context.run_one() > 0) {
      const MonoTime began = SteadyNow();
      context.poll();
      if (context.stopped()) return;
      std::this_thread::sleep_until(began + pause);
    }
  }
  void AwaitSignal() {
    signals->async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      on_terminate();
      AwaitSignal();
    });
  }
};

IoRuntime::IoRuntime() : impl_(std::make_unique<Impl>()) {
  // OpenSSL writes with write(2), which knows no MSG_NOSIGNAL: a peer that went away must be an
  // error code, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for SIGPIPE
  RaiseDescriptorLimit();
}

IoRuntime::~IoRuntime() {
  Stop();
  Join();
}

Executor IoRuntime::executor() { return impl_->context.get_executor(); }

void IoRuntime::Run() { impl_->context.run(); }

void IoRuntime::Restart() { impl_->context.restart(); }

void IoRuntime::Start(const std::string& name, Duration pause, int niceness) {
  impl_->thread = std::thread([impl = impl_.get(), name, pause, niceness] {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    // On Linux this is the calling thread alone.
    if (niceness > 0) setpriority(PRIO_PROCESS, 0, niceness);
    const auto guard = asio::make_work_guard(impl->context);
    if (pause > Duration::zero()) {
      impl->RunPausing(pause);
    } else {
      impl->context.run();
    }
  });
}

void IoRuntime::Stop() { impl_->context.stop(); }

void IoRuntime::Join() {
  if (impl_->thread.joinable()) impl_->thread.join();
}

void IoRuntime::Post(std::function<void()> work) { asio::post(impl_->context, std::move(work)); }

void IoRuntime::OnTerminate(std::function<void()> handler) {
  impl_->on_terminate = std::move(handler);
  impl_->signals.emplace(impl_->context, SIGTERM, SIGINT);
  impl_->AwaitSignal();
}

}  // namespace mpl::net
