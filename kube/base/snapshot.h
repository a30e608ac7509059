// A value that one side replaces and many sides read, each reader keeping the version it took.
//
// Thread-safe. Readers never wait for the making of a value, only for the swap of one pointer.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace mpl {

template <class T>
class Snapshot {
 public:
  Snapshot() : value_(std::make_shared<const T>()) {}
  explicit Snapshot(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  // Never null.
  std::shared_ptr<const T> Get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  void Set(T value) { Set(std::make_shared<const T>(std::move(value))); }
  void Set(std::shared_ptr<const T> value) {
    const std::lock_guard lock(mutex_);
    value_.swap(value);  // the old value is freed after the lock
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;  // guarded by mutex_
};

}  // namespace mpl
