// Tells the log about nodes that begin to fail and that recover: once per change, and never so much
// that a broken network fills the disk.
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "collector/trust/failure.h"
#include "kube/base/time.h"

namespace mpl::scraper {

class FailureLog {
 public:
  // `ready` false: Kubernetes knows already that something is wrong with the node.
  void Failed(const std::string& node, bool ready, const trust::ScrapeFault& fault, MonoTime now);
  void Recovered(const std::string& node, Duration after, MonoTime now);

 private:
  // At most 20 lines in 10 s; how many were left out is said with the next one.
  bool MayWrite(MonoTime now);

  MonoTime period_began_{};
  int written_ = 0;
  std::uint64_t left_out_ = 0;
};

}  // namespace mpl::scraper
