// The kubelet simulator (bench/kubelets) as a child process: its memory and its CPU are not ours.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>

#include "bench/workload/cluster.h"

namespace mpl::bench {

// Not thread-safe; to be made before there are other threads.
class Simulator {
 public:
  // Starts bench_kubelets, which must lie beside this program, and waits until it listens. `pace`
  // is its option of that name. Throws std::runtime_error.
  Simulator(const ClusterShape& shape, int pace);
  ~Simulator();  // ends it
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  std::uint16_t port() const { return port_; }  // of every node's address
  // Who signed the certificates of all nodes.
  const std::string& authority_pem() const { return authority_pem_; }
  double CpuNanoseconds() const;  // user and system, since it began

 private:
  std::uint16_t port_;
  pid_t child_ = -1;
  clockid_t clock_{};
  std::string authority_pem_;
};

}  // namespace mpl::bench
