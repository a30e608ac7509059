#include "operator/plan/provider.h"

#include "kube/base/text.h"
#include "kube/objects/fields.h"
#include "operator/plan/registration.h"

namespace mpl::plan {
namespace {

struct Marks {
  const Json& object;
  const std::string& service;
  const std::string& manager;

  std::string Label(const char* key) const { return Entry("/metadata/labels", key); }
  std::string Annotation(const char* key) const { return Entry("/metadata/annotations", key); }

 private:
  std::string Entry(const char* map, const char* key) const {
    return objects::TextIn(objects::ListAt(object, map), key);
  }
};

struct Keeper {
  std::string name;  // empty: not this one
  std::string removal;
  bool insists = false;
};

Keeper Argo(const Marks& marks) {
  std::string application = marks.Annotation("argocd.argoproj.io/tracking-id");
  application = application.substr(0, application.find(':'));
  if (application.empty()) application = marks.Label("argocd.argoproj.io/instance");
  if (application.empty()) return {};
  return {"Argo CD application " + application,
          "take the metrics provider out of Argo CD application " + application};
}

Keeper Flux(const Marks& marks) {
  for (const char* kind : {"helm", "kustomize"}) {
    const std::string prefix = std::string(kind) + ".toolkit.fluxcd.io/";
    const std::string name = marks.Label((prefix + "name").c_str());
    if (name.empty()) continue;
    const std::string what =
        std::string(kind == std::string("helm") ? "HelmRelease " : "Kustomization ") +
        marks.Label((prefix + "namespace").c_str()) + "/" + name;
    return {"Flux " + what, "take the metrics provider out of Flux's " + what};
  }
  return {};
}

Keeper AddonManager(const Marks& marks) {
  const std::string mode = marks.Label("addonmanager.kubernetes.io/mode");
  if (mode.empty()) return {};
  return {"the cluster's addon manager (mode " + mode + ")",
          "switch the metrics-server addon off where this cluster is managed", mode == "Reconcile"};
}

Keeper K3s(const Marks& marks) {
  if (marks.Label("objectset.rio.cattle.io/hash").empty()) return {};
  return {"k3s or RKE2 (packaged component)",
          "start the servers with --disable=metrics-server (rke2: rke2-metrics-server)", true};
}

Keeper OpenShift(const Marks& marks) {
  if (!marks.service.starts_with("openshift-")) return {};
  return {"OpenShift's monitoring operator",
          "leave the API to OpenShift: its monitoring operator has no switch for it", true};
}

Keeper Eks(const Marks& marks) {
  if (marks.manager != "eks") return {};
  return {"an EKS add-on", "aws eks delete-addon --addon-name metrics-server removes it"};
}

Keeper Olm(const Marks& marks) {
  const std::string owner = marks.Label("olm.owner");
  if (owner.empty()) return {};
  return {"OLM (" + owner + ")", "delete the Subscription and ClusterServiceVersion " + owner};
}

Keeper Helm(const Marks& marks) {
  const std::string name = marks.Annotation("meta.helm.sh/release-name");
  if (name.empty()) return {};
  const std::string ns = marks.Annotation("meta.helm.sh/release-namespace");
  return {"Helm release " + ns + "/" + name,
          "helm uninstall " + ShellWord(name) + " --namespace " + ShellWord(ns)};
}

// From the outside in: what Argo or Flux installed by Helm comes back when only Helm's is removed.
Keeper FindKeeper(const Marks& marks) {
  for (const auto& find : {Argo, Flux, AddonManager, K3s, OpenShift, Eks, Olm, Helm}) {
    if (Keeper keeper = find(marks); !keeper.name.empty()) return keeper;
  }
  return {};
}

// cert-manager, docs/reference/cainjector: each makes it fill in caBundle and put it right.
void FindInjection(const Marks& marks, const std::string& name, Provider& provider) {
  const std::string command = "kubectl annotate apiservice " + name;
  for (const char* annotation :
       {"inject-ca-from", "inject-ca-from-secret", "inject-apiserver-ca"}) {
    const std::string key = std::string("cert-manager.io/") + annotation;
    const std::string value = marks.Annotation(key.c_str());
    if (value.empty()) continue;
    if (provider.injection.empty()) provider.injection = provider.reinjection = command;
    provider.injection += " " + key + "-";
    provider.reinjection += " " + ShellWord(key + "=" + value);
  }
}

}  // namespace

std::string Provider::Describe() const {
  std::string text = service.empty() ? "no Service" : "Service " + service;
  if (!keeper.empty()) text += ", kept by " + keeper;
  if (!injection.empty()) text += ", its caBundle by cert-manager's cainjector";
  return text + " (field manager " + (manager.empty() ? "unknown" : manager) + ")";
}

Provider Classify(const Json& api_service, const std::string& manager) {
  Provider provider;
  provider.service = ServiceOf(api_service);
  provider.manager = manager;
  const Marks marks{api_service, provider.service, provider.manager};
  const std::string name = objects::TextAt(api_service, "/metadata/name");
  Keeper keeper = FindKeeper(marks);
  provider.keeper = std::move(keeper.name);
  provider.removal = std::move(keeper.removal);
  provider.insists = keeper.insists;
  FindInjection(marks, name, provider);
  if (provider.removal.empty()) {
    provider.removal = "remove that provider (kubectl delete apiservice " + name + ")";
  }
  return provider;
}

}  // namespace mpl::plan
