// A bad way to kube-apiserver: proxy.py beside this file, run as a process of its own, so that the
// client under test does not sit at both ends.
#pragma once

#include <string>

#include "test/support/kube_apiserver/kube_apiserver.h"

namespace mpl::test {

class FaultProxy {
 public:
  // In front of `server`; returns when it answers. Throws std::runtime_error when it does not.
  explicit FaultProxy(KubeApiServer& server);

  // One of proxy.py's words, for requests from now on.
  void Set(const std::string& fault) const;
  // How many requests came while that fault was set.
  int Requests(const std::string& fault) const;
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_); }

 private:
  std::string folder_;
  int port_;
  ChildProcess process_;
};

}  // namespace mpl::test
