// A small cluster made of values: it carries out plans as an API server would, so that a test can
// plan again from the result.
#pragma once

#include <string>
#include <vector>

#include "operator/plan/plan.h"

namespace mpl::plan::test {

extern const TimePoint kNow;

// An object as the API has it: defaults not filled in, uid and creation time set.
pipeline::MetricsPipeline MakePipeline(const std::string& spec = "{}");

class World {
 public:
  // Namespace "metricspipeline-system" is there, and a serving certificate; nothing else.
  World();

  ObservedState observed;
  pipeline::MetricsPipeline pipeline = MakePipeline();
  TimePoint now = kNow;

  Plan MakePlan() const { return plan::MakePlan(observed, pipeline, now); }
  // Carries out a plan: objects appear and vanish, status is stored.
  void CarryOut(const Plan& plan);
  // Plans and carries out until nothing changes any more (at most five times).
  void Settle();

  // What the cluster would do by itself.
  void ReplicasBecomeReady(int ready = 2);
  void ReplicasReport(int healthy = 2, int total = 2);
  void ApiBecomesAvailable();
  // Everything is as it should be and status says so.
  void MakeReady();
  // Somebody else's registration.
  void AddForeignApiService(const std::string& version);

  Json& Live(const std::string& version) {
    return observed.api_services[ApiServiceName(version)].live;
  }
  const Json* Condition(const std::string& type) const;
  std::string Reason(const std::string& type) const;
  std::string Status(const std::string& type) const;
  std::string Message(const std::string& type) const;

 private:
  void Apply(const ApplyObject& action);
  void Remove(const DeleteObject& action);
};

// v1beta1 was metrics-server's (field manager helm) until our pipeline took it over.
World TakenOver(const std::string& deletion_policy);

// "Deployment/cluster-collector", "-APIService/v1.metrics.k8s.io" for a deletion, "~…" for a patch.
std::vector<std::string> Describe(const std::vector<Action>& actions);
// The applied object of that kind and name; null when there is none.
Json Applied(const std::vector<Action>& actions, const std::string& kind, const std::string& name);

}  // namespace mpl::plan::test
