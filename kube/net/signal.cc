// Waiting: for a time, or for another coroutine.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "kube/net/runtime.h"

namespace mpl::net {

namespace asio = boost::asio;

Task<bool> SleepUntil(MonoTime time) {
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return false;
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  const auto [error] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return !error;
}

Task<bool> SleepFor(Duration duration) { return SleepUntil(SteadyNow() + duration); }

Task<void> Yield() {
  const auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

namespace {

// Lives in the frame of the waiting coroutine.
struct Waiter {
  asio::steady_timer timer;
  bool notified = false;
};

}  // namespace

struct Signal::Impl {
  explicit Impl(Executor on) : executor(std::move(on)) {}
  Executor executor;
  bool pending = false;
  std::vector<Waiter*> waiters;
  // Told to a waiter that outlives the signal.
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);

  static Task<bool> Wait(Impl* impl, MonoTime deadline);
};

Signal::Signal(Executor executor) : impl_(std::make_unique<Impl>(std::move(executor))) {}

// NOLINTNEXTLINE(bugprone-exception-escape): cancelling a timer that there is cannot fail.
Signal::~Signal() {
  if (!impl_) return;
  *impl_->alive = false;
  for (Waiter* waiter : impl_->waiters) waiter->timer.cancel();
}

Signal::Signal(Signal&&) noexcept = default;

void Signal::Notify() {
  impl_->pending = impl_->waiters.empty();
  for (Waiter* waiter : impl_->waiters) {
    waiter->notified = true;
    waiter->timer.cancel();
  }
  impl_->waiters.clear();
}

Task<bool> Signal::Impl::Wait(Impl* impl, MonoTime deadline) {
  if (std::exchange(impl->pending, false)) co_return true;
  const auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) co_return false;

  // Takes the waiter off the list however the frame ends, also when it is destroyed unfinished.
  struct Listed {
    Impl* impl;
    std::shared_ptr<bool> alive;
    Waiter waiter;
    Listed(Impl* owner, MonoTime until)
        : impl(owner), alive(owner->alive), waiter{asio::steady_timer(owner->executor, until)} {
      impl->waiters.push_back(&waiter);
    }
    ~Listed() {
      if (*alive) std::erase(impl->waiters, &waiter);
    }
  };
  Listed listed(impl, deadline);
  co_await listed.waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return listed.waiter.notified;
}

Task<bool> Signal::Wait(MonoTime deadline) { return Impl::Wait(impl_.get(), deadline); }
Task<bool> Signal::Wait() { return Wait(MonoTime::max()); }

}  // namespace mpl::net
