// Collects what a plan depends on: mostly from the watches, the rest by a few GETs.
//
// Not thread-safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "kube/client/kube_client.h"
#include "operator/controller/contests.h"
#include "operator/controller/prober.h"
#include "operator/controller/watches.h"
#include "operator/pipeline/pipeline.h"
#include "operator/plan/observed.h"
#include "operator/plan/serving_state.h"

namespace mpl::controller {

struct OperatorIdentity {
  std::string ns;     // where the operator runs
  std::string image;  // its own, which the collector runs too
  std::vector<std::string> pull_secrets;
  std::string version;
};

class Gatherer {
 public:
  Gatherer(client::KubeClient& client, Watches& watches, Prober& prober, OperatorIdentity identity);

  // Begins the watches that the pipeline needs.
  void Follow(const pipeline::MetricsPipeline& pipeline, const plan::Names& names);
  // An error: what decides about something that cannot be undone could not be asked.
  net::Task<Result<plan::ObservedState>> Gather(const pipeline::MetricsPipeline& pipeline,
                                                const plan::Names& names);
  // Which of these Services ("ns/name") do not exist. One that may not be looked at counts as
  // there.
  net::Task<Result<std::set<std::string>>> MissingServices(std::set<std::string> services);
  // Somebody else pointed this registration elsewhere, or changed what it trusts.
  void TakenAway(const std::string& api_service);
  void Forget(const std::string& pipeline);

  plan::Names NamesOf(const pipeline::MetricsPipeline& pipeline) const;
  const OperatorIdentity& identity() const { return identity_; }

 private:
  // Since when something about a bundle is so, as far as this process has seen.
  struct Published {
    std::string bundle;
    TimePoint since;
  };

  Json LiveJson(const Resource& resource, const std::string& ns, const std::string& name) const;
  void GatherObjects(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                     plan::ObservedState& observed) const;
  void GatherFindings(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                      plan::ObservedState& observed) const;
  // Why no key can be made or renewed; empty: it can.
  std::string HeldBy(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                     const plan::ObservedState& observed) const;
  void GatherServing(const pipeline::MetricsPipeline& pipeline, const plan::Names& names,
                     plan::ObservedState& observed);
  // cert-manager's Certificate that the pipeline does not want any more.
  net::Task<void> GatherCertificate(const pipeline::MetricsPipeline& pipeline,
                                    const plan::Names& names, plan::ObservedState& observed);
  net::Task<void> GatherManagers(plan::Names names, plan::ObservedState& observed);
  net::Task<void> GatherPodTroubles(plan::Names names, int wanted, plan::ObservedState& observed);
  // Keeps trusting what the registrations trusted, for a while after a change.
  void AddOverlap(const plan::Names& names, plan::ObservedState& observed, TimePoint now);
  std::optional<TimePoint> PublishedSince(const plan::Names& names,
                                          const plan::ObservedState& observed,
                                          const std::string& bundle, TimePoint now);

  client::KubeClient& client_;
  Watches& watches_;
  Prober& prober_;
  OperatorIdentity identity_;
  Contests contests_;
  std::map<std::string, Published> published_;  // by pipeline: the registrations carry the bundle
  std::map<std::string, Published> wanted_;     // by pipeline: the bundle is to be registered
  std::map<std::string, plan::UnsavedKeys> unsaved_;                     // by pipeline
  std::map<std::string, std::pair<std::string, std::string>> managers_;  // by APIService: version
  std::set<std::string> without_certificate_;  // pipelines that have left none behind
};

}  // namespace mpl::controller
