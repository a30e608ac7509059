// From the metrics-server that runs to the MetricsPipeline that replaces it. Pure.
//
// What it did stays as it was (resolution, timeout, addresses, port, selector, whom it believes),
// also where the flag was left out and its default differs from ours. What is better here is not
// taken away: certificates that were not verified are pinned, two replicas stay two.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/objects/meta.h"

namespace mpl::migration {

using objects::Json;

// The arguments that `migrate` was given: printed again where it is a command. Empty: left out.
struct Invocation {
  std::string deployment;
  std::string pipeline;
  std::string ns;
  std::string kubeconfig;
};

// What was found in the cluster.
struct MetricsServer {
  Json deployment;      // the Deployment; its container is found by image, then by name
  Json api_service;     // v1beta1.metrics.k8s.io; null when there is none
  std::string manager;  // field manager of its spec.service
  std::string pipeline_namespace = "metricspipeline-system";
  std::string pipeline_name = "cluster";
  Invocation asked;
};

enum class Outcome {
  kCarriedOver,
  kNeedless,
  kDecide,   // has no counterpart, or only part of one: a person should look
  kUnknown,  // no flag of metrics-server 0.9.0
};
std::string_view Name(Outcome outcome);  // "CarriedOver", …

// What became of one flag, or of one setting of the Deployment.
struct Account {
  std::string subject;  // "--metric-resolution=15s", "hostNetwork"
  Outcome outcome = Outcome::kCarriedOver;
  std::string text;  // "spec.scrape.resolution: 15s", or why
};

struct Step {
  std::string why;      // a sentence
  std::string command;  // may be several lines
};

struct Migration {
  std::string found;              // "Deployment kube-system/metrics-server (image), kept by …"
  Json pipeline;                  // the MetricsPipeline
  std::vector<Account> accounts;  // every flag in its order, then the Deployment's settings
  std::vector<Step> preparation;  // before the pipeline is applied: objects that it needs
  std::vector<Step> steps;        // the switch, and how to go back
  bool gapless = true;            // false: whoever keeps the present provider undoes changes

  // A person has to look: something was lost or is not known.
  bool NeedsDecision() const;
};
Migration Migrate(const MetricsServer& server);

// A YAML document that `kubectl apply -f -` takes; all else stands in comments.
std::string ToText(const Migration& migration);
Json ToJson(const Migration& migration);

}  // namespace mpl::migration
