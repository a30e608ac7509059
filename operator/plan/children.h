// The objects that make a pipeline, each as the intent of a server-side apply: only fields that we
// have an opinion on, so that defaults and other managers never look like drift.
//
// Pure: the same context always gives the same bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "operator/pipeline/pipeline.h"
#include "operator/plan/names.h"
#include "operator/plan/sizing.h"

namespace mpl::plan {

struct Intent {
  const Resource* resource;  // one of names.h
  Json object;
};

struct ChildContext {
  const pipeline::MetricsPipeline& pipeline;
  const Names& names;
  std::string image;  // resolved
  // What requests are worked out for; nothing: they are those of the spec.
  std::optional<SizingBasis> sizing = std::nullopt;
  std::vector<std::string> pull_secrets = {};  // resolved

  // apiVersion, kind, metadata with name, namespace (of the collector), labels and ownerReferences.
  Json Object(const Resource& resource, const std::string& name) const;
  Json ObjectIn(const Resource& resource, const std::string& ns, const std::string& name) const;
  Json OwnerReferences() const;
};

objects::Labels ChildLabels(const std::string& pipeline);
// Whether a live object is a child of this very pipeline: by its labels, and by its owner's uid.
bool IsChildOf(const Json& live, const pipeline::MetricsPipeline& pipeline);
// Why the API server refused a child, with the remedy where its own words have none: a kind that
// not every cluster has.
Error WhyRefused(const Resource& resource, Error error);
// The two labels that never change: what Service, Deployment and PodDisruptionBudget select by.
Json SelectorLabels(const std::string& pipeline);

// ServiceAccounts, ClusterRoleBindings, Role and RoleBindings.
std::vector<Intent> Identities(const ChildContext& context);
// `document` is the collector's configuration.
Intent ConfigurationMap(const ChildContext& context, const std::string& document);
// Made empty once; its data belongs to the collector.
Intent PinsMap(const ChildContext& context);
Intent AuthoritySecret(const ChildContext& context, const Json& data);
Intent ServingSecret(const ChildContext& context, const Json& data);
// For tls.serving.mode CertManager.
Intent CertManagerCertificate(const ChildContext& context);
Intent CollectorService(const ChildContext& context);
Intent CollectorDeployment(const ChildContext& context, const std::string& serving_secret);
// The `serving_secret` of a live Deployment; empty when there is none.
std::string MountedSecret(const Json& deployment);
Intent DisruptionBudget(const ChildContext& context);

// Whose an APIService was before it was taken over.
struct FormerOwner {
  std::string spec;         // JSON; empty when there was none
  std::string manager;      // field manager; empty when unknown
  std::string labels = {};  // JSON: those that ours replaced; empty when there were none
};

struct Registration {
  std::string version;    // "v1beta1"
  std::string ca_bundle;  // PEM; ignored when insecure
  bool insecure = false;  // tls.serving.mode Insecure
  bool owned = true;      // collected together with the pipeline
  bool orphan = false;    // stays behind, also when a former owner is known
  FormerOwner former;
};
Intent ApiServiceObject(const ChildContext& context, const Registration& registration);

// The CollectorConfiguration document (YAML), and its hash: 16 hex digits of SHA-256.
std::string CollectorDocument(const pipeline::MetricsPipeline& pipeline, const Names& names,
                              const std::string& ca_bundle_pem);
std::string ConfigHash(const std::string& document);

}  // namespace mpl::plan
