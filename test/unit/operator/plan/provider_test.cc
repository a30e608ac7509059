#include "operator/plan/provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpl::plan {
namespace {

using testing::HasSubstr;

// Marks as the installers document them.
struct Marked {
  const char* name;
  const char* metadata;
  const char* manager;
  const char* keeper;
  const char* removal;  // a part of it
  bool insists;
};
class Keeper : public testing::TestWithParam<Marked> {};

TEST_P(Keeper, IsReadFromItsMarks) {
  Json object = {
      {"metadata", Json::parse(GetParam().metadata)},
      {"spec", {{"service", {{"namespace", "kube-system"}, {"name", "metrics-server"}}}}}};
  object["metadata"]["name"] = "v1beta1.metrics.k8s.io";

  const Provider provider = Classify(object, GetParam().manager);

  EXPECT_EQ(provider.service, "kube-system/metrics-server");
  EXPECT_EQ(provider.keeper, GetParam().keeper);
  EXPECT_THAT(provider.removal, HasSubstr(GetParam().removal));
  EXPECT_EQ(provider.insists, GetParam().insists);
}

INSTANTIATE_TEST_SUITE_P(
    Marks, Keeper,
    testing::Values(
        Marked{"Helm",
               R"({"annotations": {"meta.helm.sh/release-name": "ms",
                   "meta.helm.sh/release-namespace": "kube-system"}})",
               "helm", "Helm release kube-system/ms", "helm uninstall ms --namespace kube-system",
               false},
        Marked{"HelmWithANameThatIsNone",
               R"({"annotations": {"meta.helm.sh/release-name": "ms; id",
                   "meta.helm.sh/release-namespace": "kube-system"}})",
               "helm", "Helm release kube-system/ms; id",
               "helm uninstall 'ms; id' --namespace kube-system", false},
        Marked{"ArgoByAnnotation",
               R"({"annotations": {"argocd.argoproj.io/tracking-id":
                   "base:apiregistration.k8s.io/APIService:kube-system/v1beta1.metrics.k8s.io"}})",
               "argocd-controller", "Argo CD application base", "application base", false},
        Marked{"ArgoByLabel", R"({"labels": {"argocd.argoproj.io/instance": "base"}})", "",
               "Argo CD application base", "", false},
        Marked{"ArgoRendersHelm",
               R"({"annotations": {"argocd.argoproj.io/tracking-id": "base:x",
                   "meta.helm.sh/release-name": "ms"}})",
               "", "Argo CD application base", "", false},
        Marked{"FluxHelmRelease",
               R"({"labels": {"helm.toolkit.fluxcd.io/name": "ms",
                   "helm.toolkit.fluxcd.io/namespace": "flux-system"}})",
               "", "Flux HelmRelease flux-system/ms", "HelmRelease flux-system/ms", false},
        Marked{"FluxKustomization",
               R"({"labels": {"kustomize.toolkit.fluxcd.io/name": "base",
                   "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}})",
               "", "Flux Kustomization flux-system/base", "", false},
        Marked{"AddonManagerThatReconciles",
               R"({"labels": {"addonmanager.kubernetes.io/mode": "Reconcile"}})", "",
               "the cluster's addon manager (mode Reconcile)", "addon off", true},
        Marked{"AddonManagerThatEnsures",
               R"({"labels": {"addonmanager.kubernetes.io/mode": "EnsureExists"}})", "",
               "the cluster's addon manager (mode EnsureExists)", "addon off", false},
        Marked{"K3s", R"({"labels": {"objectset.rio.cattle.io/hash": "abc"}})", "deploy@node",
               "k3s or RKE2 (packaged component)", "--disable=metrics-server", true},
        Marked{"Eks", "{}", "eks", "an EKS add-on", "aws eks delete-addon", false},
        Marked{"Olm", R"({"labels": {"olm.owner": "adapter.v1"}})", "", "OLM (adapter.v1)",
               "ClusterServiceVersion adapter.v1", false},
        Marked{"NoMark", "{}", "kubectl-client-side-apply", "",
               "kubectl delete apiservice v1beta1.metrics.k8s.io", false},
        Marked{"OddMetadata", R"({"labels": 7, "annotations": {"meta.helm.sh/release-name": 1}})",
               "", "", "kubectl delete apiservice", false}),
    [](const auto& row) { return row.param.name; });

TEST(Keeper, OfOpenShiftIsKnownByItsNamespace) {
  const Json object = {
      {"spec", {{"service", {{"namespace", "openshift-monitoring"}, {"name", "metrics-server"}}}}}};

  EXPECT_TRUE(Classify(object, "").insists);
}

// Whoever keeps the rest: the chart of prometheus-adapter sets the first one.
TEST(Keeper, OfTheBundleMayBeCertManager) {
  Json object = {{"metadata",
                  {{"name", "v1beta1.metrics.k8s.io"},
                   {"annotations",
                    {{"meta.helm.sh/release-name", "adapter"},
                     {"cert-manager.io/inject-ca-from", "monitoring/adapter"}}}}}};

  const Provider provider = Classify(object, "helm");
  EXPECT_EQ(provider.injection,
            "kubectl annotate apiservice v1beta1.metrics.k8s.io cert-manager.io/inject-ca-from-");
  EXPECT_THAT(provider.keeper, HasSubstr("Helm release"));
  EXPECT_FALSE(provider.insists);
  EXPECT_THAT(provider.Describe(), HasSubstr("its caBundle by cert-manager's cainjector"));

  object["metadata"]["annotations"] = {{"cert-manager.io/inject-ca-from-secret", "a/b"},
                                       {"cert-manager.io/inject-apiserver-ca", "true"}};
  EXPECT_THAT(Classify(object, "").injection, HasSubstr("cert-manager.io/inject-ca-from-secret- "
                                                        "cert-manager.io/inject-apiserver-ca-"));
  object["metadata"]["annotations"] = {{"cert-manager.io/allow-direct-injection", "true"}};
  EXPECT_EQ(Classify(object, "").injection, "");
}

TEST(Keeper, IsDescribedInOneBreath) {
  EXPECT_EQ((Provider{"a/b", "Helm release a/b", "helm", "", false}).Describe(),
            "Service a/b, kept by Helm release a/b (field manager helm)");
  EXPECT_EQ(Provider{}.Describe(), "no Service (field manager unknown)");
}

}  // namespace
}  // namespace mpl::plan
