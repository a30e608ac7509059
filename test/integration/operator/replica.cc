#include "test/integration/operator/replica.h"

#include <future>
#include <stdexcept>

#include "kube/base/digest.h"

namespace mpl::test {

Json ReplicaStatus(int healthy, int total, const Json& failing) {
  Json status = {{"configHash", "0000000000000000"},
                 {"version", "test"},
                 {"nodes", {{"total", total}, {"healthy", healthy}}},
                 {"failing", failing.is_null() ? Json::array() : failing},
                 {"tls", {{"verified", healthy}, {"pinned", 0}, {"insecure", 0}}}};
  status["failingTotal"] = status["failing"].size();
  return status;
}

Replica::Replica(std::string pipeline) : pipeline_(std::move(pipeline)) {
  const Json secret = Get({"secret", pipeline_ + "-collector-serving", "-n", kNamespace});
  if (!secret.is_object()) throw std::runtime_error("there is no serving Secret yet");
  const auto part = [&](const char* key) {
    return Base64Decode(secret["data"][key].get<std::string>()).value();
  };
  const x509::KeyPair certificate{part("tls.crt"), part("tls.key")};
  server_ = std::make_unique<FakeKubelet>(runtime_.executor(), certificate, 0, OwnAddress());
  runtime_.Start("replica");
}

Replica::~Replica() {
  runtime_.Stop();
  runtime_.Join();
}

void Replica::Report(const Json& status) {
  std::promise<void> done;
  runtime_.Post([&] {
    server_->metrics.body = status.dump();
    done.set_value();
  });
  done.get_future().wait();
}

void Replica::Enlist(bool ready) {
  MakeEndpoint({.pipeline = pipeline_, .port = server_->port(), .ready = ready});
  const int count = ready ? 1 : 0;
  const Json status = {{"status",
                        {{"observedGeneration", 99},
                         {"replicas", 1},
                         {"updatedReplicas", 1},
                         {"readyReplicas", count},
                         {"availableReplicas", count}}}};
  Server().Kubectl({"patch", "deployment", pipeline_ + "-collector", "-n", kNamespace,
                    "--subresource=status", "--type=merge", "-p", status.dump()});
}

}  // namespace mpl::test
