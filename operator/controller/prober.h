// Asks the replicas of each active pipeline for /status, and the API through kube-apiserver, in a
// rhythm of its own: a reconciliation never waits for a replica. Replicas that are not ready are
// asked too: they are the ones that know why.
//
// Every 2 s while something is under way, every 10 s else. Not thread-safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kube/client/kube_client.h"
#include "kube/net/http_client.h"
#include "operator/controller/endpoints.h"
#include "operator/plan/observed.h"

namespace mpl::controller {

// Whom to ask, and what would be news.
struct Expectation {
  std::string server_name;          // in the replicas' certificate
  std::string ca_bundle;            // PEM
  std::string config_hash;          // that every replica should run
  int replicas = 0;                 // that should be ready and answer
  std::vector<Endpoint> endpoints;  // ready or not
  bool registered = false;          // kube-apiserver should know the API
  friend bool operator==(const Expectation&, const Expectation&) = default;
};

struct Findings {
  std::vector<plan::ReplicaReport> reports;
  int unread = 0;  // ready, but without an answer; what is just starting may be silent
  std::string unread_reason;
  plan::ApiProbe api = plan::ApiProbe::kUnknown;
  std::string api_failure;
  friend bool operator==(const Findings&, const Findings&) = default;
};

// True when nothing is under way: as many replicas as wanted are ready, all that answer run the
// wanted configuration, and the API answers.
bool IsSteady(const Expectation& expectation, const Findings& findings);

class Prober {
 public:
  static constexpr auto kBusyInterval = std::chrono::seconds(2);
  static constexpr auto kSteadyInterval = std::chrono::seconds(10);
  static constexpr auto kReplicaDeadline = std::chrono::seconds(3);

  // `changed` is called with a pipeline's name when its findings are others than before.
  Prober(net::Executor executor, client::KubeClient& client,
         std::shared_ptr<client::RestConfig> config, net::TaskGroup& tasks,
         std::function<void(const std::string&)> changed);
  ~Prober();

  // Begins to ask, or asks at once when the expectation is a new one.
  void Expect(const std::string& pipeline, Expectation expectation);
  // Does not wait for the next round.
  void AskNow(const std::string& pipeline);
  void Forget(const std::string& pipeline);
  Findings Of(const std::string& pipeline) const;

 private:
  struct Case;
  struct Round;
  net::Task<void> Watch(std::shared_ptr<Case> subject);
  net::Task<Findings> Ask(std::shared_ptr<Case> subject);
  net::Task<void> ReadReplica(std::shared_ptr<Round> round, std::size_t index,
                              std::shared_ptr<net::HttpClient> http);
  net::Task<void> AskApi(std::shared_ptr<Case> subject, Findings& findings);
  Result<std::shared_ptr<net::HttpClient>> ClientFor(Case& subject, const Endpoint& endpoint);

  net::Executor executor_;
  client::KubeClient& client_;
  std::shared_ptr<client::RestConfig> config_;
  net::TaskGroup& tasks_;
  std::function<void(const std::string&)> changed_;
  std::map<std::string, std::shared_ptr<Case>> cases_;
};

}  // namespace mpl::controller
