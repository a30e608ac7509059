// Who keeps an APIService that is not ours, read from the marks that installers leave on objects.
// Pure.
#pragma once

#include <string>

#include "operator/plan/names.h"

namespace mpl::plan {

struct Provider {
  std::string service;   // "kube-system/metrics-server"; empty: it has no Service
  std::string keeper;    // "Helm release kube-system/metrics-server"; empty: no mark was found
  std::string manager;   // field manager that wrote spec.service; empty: unknown
  std::string removal;   // a sentence: how to be rid of that provider
  bool insists = false;  // rewrites what was changed, for ever: a take-over cannot last
  // The command that keeps cert-manager's cainjector from writing spec.caBundle for ever, whoever
  // keeps the rest; empty: it does not.
  std::string injection = {};
  // The command that gives it back to cainjector; empty likewise.
  std::string reinjection = {};

  // "Service a/b, kept by Helm release a/b (field manager helm)"
  std::string Describe() const;
};

// Marks, by their owners' documentation: Helm meta.helm.sh/release-name; Argo CD
// argocd.argoproj.io/tracking-id; Flux *.toolkit.fluxcd.io/name; addon-manager
// addonmanager.kubernetes.io/mode; k3s objectset.rio.cattle.io/*; OpenShift by its namespace; OLM
// olm.owner; EKS add-ons by field manager; cainjector cert-manager.io/inject-*. Where several are
// found, the outermost keeper counts.
Provider Classify(const Json& api_service, const std::string& manager);

}  // namespace mpl::plan
