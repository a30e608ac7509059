// A collector's replica as the operator sees it: an address in an EndpointSlice and an answer on
// /status, served with the certificate that the operator made. Runs on a thread of its own.
#pragma once

#include <memory>
#include <string>

#include "kube/net/runtime.h"
#include "test/integration/operator/fixture.h"
#include "test/support/kubelet/fake_kubelet.h"

namespace mpl::test {

class Replica {
 public:
  // Reads Secret NAME-collector-serving, which has to be there, and listens.
  explicit Replica(std::string pipeline = "cluster");
  ~Replica();
  Replica(const Replica&) = delete;
  Replica& operator=(const Replica&) = delete;

  // What /status says from now on.
  void Report(const Json& status);
  // Stands in the Service's EndpointSlice; what the Deployment's controller would say too.
  void Enlist(bool ready);

 private:
  std::string pipeline_;
  net::IoRuntime runtime_;
  std::unique_ptr<FakeKubelet> server_;
};

// As collector/handlers/status_document.h has it; `failing` may be null.
Json ReplicaStatus(int healthy, int total, const Json& failing = nullptr);

}  // namespace mpl::test
