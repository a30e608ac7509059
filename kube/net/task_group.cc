#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <list>

#include "kube/net/runtime.h"
#include "kube/telemetry/log.h"

namespace mpl::net {

namespace asio = boost::asio;

namespace {

struct Entry {
  asio::cancellation_signal cancel;
};
using Entries = std::list<std::shared_ptr<Entry>>;

// One of the three doors at which exceptions end.
Task<void> Guarded(std::string name, Task<void> task) {
  // Cancelled waits answer with a value; an exception out of each later co_await would skip the
  // orderly end of the task.
  co_await asio::this_coro::throw_if_cancelled(false);
  try {
    co_await std::move(task);
  } catch (const std::exception& error) {
    log::Failure("task ended by an exception", {{"task", name}, {"error", error.what()}});
  } catch (...) {
    log::Failure("task ended by an exception", {{"task", name}, {"error", "not a std::exception"}});
  }
}

}  // namespace

struct TaskGroup::Impl {
  explicit Impl(Executor on) : executor(std::move(on)), changed(executor) {}
  Executor executor;
  Entries entries;
  bool stopping = false;
  Signal changed;

  static Task<bool> Stop(std::shared_ptr<Impl> impl, Duration grace);
};

TaskGroup::TaskGroup(Executor executor) : impl_(std::make_shared<Impl>(std::move(executor))) {}
TaskGroup::~TaskGroup() = default;

void TaskGroup::Spawn(std::string name, Task<void> task) {
  if (impl_->stopping) return;
  const auto position = impl_->entries.insert(impl_->entries.end(), std::make_shared<Entry>());
  auto finished = [impl = impl_, position](const std::exception_ptr&) {
    // The ending coroutine may still look at its cancellation slot: the entry goes one turn later.
    asio::post(impl->executor, [entry = std::move(*position)] {});
    impl->entries.erase(position);
    impl->changed.Notify();
  };
  asio::co_spawn(impl_->executor, Guarded(std::move(name), std::move(task)),
                 asio::bind_cancellation_slot((*position)->cancel.slot(), std::move(finished)));
}

std::size_t TaskGroup::size() const { return impl_->entries.size(); }
bool TaskGroup::stopping() const { return impl_->stopping; }

Task<bool> TaskGroup::Impl::Stop(std::shared_ptr<Impl> impl, Duration grace) {
  impl->stopping = true;
  const Entries asked = impl->entries;  // a task may end while others are being asked
  for (const auto& entry : asked) entry->cancel.emit(asio::cancellation_type::terminal);
  const MonoTime deadline = SteadyNow() + grace;
  while (!impl->entries.empty()) {
    const bool notified = co_await impl->changed.Wait(deadline);
    if (!notified) break;
  }
  const bool ended = impl->entries.empty();
  co_return ended;
}

Task<bool> TaskGroup::Stop(Duration grace) { return Impl::Stop(impl_, grace); }

}  // namespace mpl::net
