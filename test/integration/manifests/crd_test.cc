// What the API server itself accepts and refuses, by schema and CEL, and with which words.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "test/integration/manifests/manifests.h"
#include "test/support/paths/paths.h"

namespace mpl::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Spec {
  const char* name;
  const char* spec;
};

class CrdAccepts : public testing::TestWithParam<Spec> {};

TEST_P(CrdAccepts, Spec) {
  const Answer answer = DryRun(GetParam().spec);
  EXPECT_TRUE(answer.ok) << answer.text;
}

INSTANTIATE_TEST_SUITE_P(
    Crd, CrdAccepts,
    testing::Values(
        Spec{"Nothing", "{}"},
        Spec{"FastestResolution", R"({"scrape": {"resolution": "5s", "timeout": "4s"}})"},
        Spec{"SlowestResolution", R"({"scrape": {"resolution": "5m", "timeout": "270s"}})"},
        Spec{"NineTenths", R"({"scrape": {"resolution": "10s", "timeout": "9s"}})"},
        Spec{"FixedPort", R"({"scrape": {"port": {"source": "Fixed", "number": 10250}}})"},
        Spec{"FiveAddressTypes",
             R"({"scrape": {"addressTypes": ["Hostname", "InternalDNS", "InternalIP",
                 "ExternalDNS", "ExternalIP"]}})"},
        Spec{"HostNetwork", R"({"collector": {"network": {"mode": "Host", "securePort": 4443}}})"},
        Spec{"CustomCa", R"({"tls": {"kubelet": {"mode": "CustomCA",
             "caBundleRef": {"name": "ca"}}}})"},
        Spec{"ServingSecret", R"({"tls": {"serving": {"mode": "Secret",
             "secretRef": {"name": "x"}}}})"},
        Spec{"CertManager", R"({"tls": {"serving": {"mode": "CertManager",
             "issuerRef": {"name": "x"}}}})"},
        Spec{"ProportionalSizing", R"({"collector": {"sizing": {"mode": "Proportional"}}})"},
        Spec{"KubeletClientCertificate",
             R"({"tls": {"kubelet": {"clientCertificateRef": {"name": "x"}}}})"},
        Spec{"TenReplicas", R"({"collector": {"replicas": 10}})"},
        Spec{"QuantitiesOfBothKinds",
             R"({"collector": {"resources": {"requests": {"cpu": 1, "memory": "1.5Gi"}}}})"},
        Spec{"AnyAffinity", R"({"collector": {"affinity": {"podAntiAffinity":
             {"preferredDuringSchedulingIgnoredDuringExecution": []}}}})"},
        Spec{"NoPriority", R"({"collector": {"priorityClassName": ""}})"},
        // What core/v1 takes, empty texts included.
        Spec{"Tolerations", R"({"collector": {"tolerations": [{"operator": "Exists"},
             {"key": "a", "operator": "Equal", "value": "b", "effect": "NoSchedule"},
             {"key": "a", "operator": "", "effect": ""}, {"key": "a", "effect": "PreferNoSchedule"},
             {"key": "a", "effect": "NoExecute", "tolerationSeconds": 5}]}})"},
        Spec{"LabelValues", R"({"collector": {"nodeSelector": {"a": "", "b": "B-1_2.c"},
             "podTemplate": {"labels": {"a": "", "b": "x", "c": "B-1_2.c"}}}})"}),
    [](const auto& row) { return std::string(row.param.name); });

struct Refused {
  const char* name;
  const char* spec;
  const char* words;  // field or remedy that the complaint must have
};

class CrdRefuses : public testing::TestWithParam<Refused> {};

TEST_P(CrdRefuses, AndSaysWhatToDo) {
  const Answer answer = DryRun(GetParam().spec);
  EXPECT_FALSE(answer.ok);
  EXPECT_THAT(answer.text, HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Crd, CrdRefuses,
    testing::Values(
        Refused{"FourSeconds", R"({"scrape": {"resolution": "4s", "timeout": "3s"}})",
                "scrape.resolution must be from 5s to 5m"},
        Refused{"SixMinutes", R"({"scrape": {"resolution": "6m"}})",
                "scrape.resolution must be from 5s to 5m"},
        Refused{"DefaultTimeoutWithFastResolution", R"({"scrape": {"resolution": "5s"}})",
                "lower the timeout (4s for 5s, 9s for 10s)"},
        Refused{"Milliseconds", R"({"scrape": {"resolution": "5000ms"}})",
                "spec.scrape.resolution"},
        Refused{"AddressTypeTwice", R"({"scrape": {"addressTypes": ["Hostname", "Hostname"]}})",
                "names a type twice"},
        Refused{"NoAddressType", R"({"scrape": {"addressTypes": []}})", "spec.scrape.addressTypes"},
        Refused{"UnknownAddressType", R"({"scrape": {"addressTypes": ["IP"]}})",
                "Unsupported value: \"IP\""},
        Refused{"FixedWithoutNumber", R"({"scrape": {"port": {"source": "Fixed"}}})",
                "source: Fixed, number: 10250"},
        Refused{"NumberWithoutFixed", R"({"scrape": {"port": {"number": 1}}})",
                "scrape.port.number belongs to source Fixed"},
        Refused{"PortZero", R"({"scrape": {"port": {"source": "Fixed", "number": 0}}})",
                "spec.scrape.port.number"},
        Refused{"SecretNameThatIsNone",
                R"({"tls": {"serving": {"mode": "Secret", "secretRef": {"name": "mine,old"}}}})",
                "spec.tls.serving.secretRef.name"},
        Refused{"NoReplica", R"({"collector": {"replicas": 0}})", "spec.collector.replicas"},
        Refused{"ElevenReplicas", R"({"collector": {"replicas": 11}})", "spec.collector.replicas"},
        Refused{"KubeletPortOnHost", R"({"collector": {"network": {"mode": "Host"}}})",
                "set another one, for example 4443"},
        Refused{"PrivilegedPort", R"({"collector": {"network": {"securePort": 443}}})",
                "spec.collector.network.securePort"},
        Refused{"OperatorsLabel",
                R"({"collector": {"podTemplate": {"labels": {"app.kubernetes.io/name": "x"}}}})",
                "choose another prefix"},
        Refused{"TolerationOperatorInLowerCase",
                R"({"collector": {"tolerations": [{"operator": "exists"}]}})",
                "spec.collector.tolerations[0].operator: Unsupported value: \"exists\""},
        Refused{"UnknownTolerationEffect",
                R"({"collector": {"tolerations": [{"key": "a", "effect": "NoScheduling"}]}})",
                "spec.collector.tolerations[0].effect: Unsupported value"},
        Refused{"TolerationOfNoTaint",
                R"({"collector": {"tolerations": [{"key": "a", "value": "b c"}]}})",
                "spec.collector.tolerations[0].value"},
        Refused{"PodLabelThatIsNone",
                R"({"collector": {"podTemplate": {"labels": {"team": "a b"}}}})",
                "spec.collector.podTemplate.labels.team"},
        Refused{"PodLabelThatEndsInADash",
                R"({"collector": {"podTemplate": {"labels": {"team": "a-"}}}})",
                "spec.collector.podTemplate.labels.team"},
        Refused{"NodeSelectorThatNoNodeCanMatch",
                R"({"collector": {"nodeSelector": {"zone": "a b"}}})",
                "spec.collector.nodeSelector.zone"},
        Refused{"BadQuantity", R"({"collector": {"resources": {"requests": {"cpu": "lots"}}}})",
                "spec.collector.resources.requests.cpu"},
        Refused{"CustomCaWithoutBundle", R"({"tls": {"kubelet": {"mode": "CustomCA"}}})",
                "tls.kubelet.caBundleRef belongs to mode CustomCA"},
        Refused{"BundleWithoutCustomCa", R"({"tls": {"kubelet": {"caBundleRef": {"name": "x"}}}})",
                "tls.kubelet.caBundleRef belongs to mode CustomCA"},
        Refused{"BundleWithoutName",
                R"({"tls": {"kubelet": {"mode": "CustomCA", "caBundleRef": {}}}})",
                "spec.tls.kubelet.caBundleRef.name"},
        Refused{"UnknownSizing", R"({"collector": {"sizing": {"mode": "Big"}}})",
                "supported values: \"Static\", \"Proportional\""},
        Refused{"ClientCertificateWithoutName",
                R"({"tls": {"kubelet": {"clientCertificateRef": {}}}})",
                "spec.tls.kubelet.clientCertificateRef.name"},
        Refused{"SecretWithoutRef", R"({"tls": {"serving": {"mode": "Secret"}}})",
                "tls.serving.secretRef belongs to mode Secret"},
        Refused{"RefWithoutSecret", R"({"tls": {"serving": {"secretRef": {"name": "x"}}}})",
                "tls.serving.secretRef belongs to mode Secret"},
        Refused{"CertManagerWithoutIssuer", R"({"tls": {"serving": {"mode": "CertManager"}}})",
                "tls.serving.issuerRef belongs to mode CertManager"},
        Refused{"UnknownPolicy", R"({"apiServices": {"conflictPolicy": "Fight"}})",
                "supported values: \"Fail\", \"TakeOver\""},
        Refused{"UnknownField", R"({"scrape": {"interval": "15s"}})",
                "unknown field \"spec.scrape.interval\""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Crd, RefusesNamesThatCannotNameAService) {
  EXPECT_THAT(DryRun("{}", "my.cluster").text, HasSubstr("at most 40 lower-case letters"));
  EXPECT_THAT(DryRun("{}", "1st").text, HasSubstr("at most 40 lower-case letters"));
  EXPECT_FALSE(DryRun("{}", std::string(41, 'a')).ok);
  EXPECT_TRUE(DryRun("{}", std::string(40, 'a')).ok);
}

TEST(Crd, NoSpecMeansAnEmptyOne) {
  Installed();
  const Answer answer =
      Try({"create", "--dry-run=server", "-o", "json", "-f", "-"},
          R"({"apiVersion": "metricspipeline.dev/v1alpha1", "kind": "MetricsPipeline",
              "metadata": {"name": "cluster"}})");
  ASSERT_TRUE(answer.ok) << answer.text;
  EXPECT_EQ(json::parse(answer.text)["spec"], json::parse(DryRun("{}").text)["spec"]);
}

// From kubectl apply to server-side apply, as Flux and Argo CD take an object over.
TEST(Crd, CanBeTakenOverByServerSideApply) {
  KubeApiServer& server = Installed();
  const std::string file = SourcePath("samples/minimal.yaml");
  server.Kubectl({"apply", "-f", file});
  for (int time = 1; time <= 3; ++time) {
    for (const char* manager :
         {"--field-manager=kubectl", "--field-manager=kustomize-controller"}) {
      const Answer answer =
          Try({"apply", "--server-side", "--force-conflicts", manager, "-f", file});
      EXPECT_TRUE(answer.ok) << time << " " << manager << ": " << answer.text;
    }
  }
  const json live = json::parse(server.Kubectl({"get", "mpl", "cluster", "-o", "json"}));
  EXPECT_EQ(live["spec"], json::parse(DryRun("{}", "fresh").text)["spec"]);
  EXPECT_EQ(live["metadata"]["generation"], 1);
  server.Kubectl({"delete", "mpl", "cluster"});
}

TEST(Crd, StatusIsInProgressBeforeTheOperatorHasSeenIt) {
  EXPECT_EQ(json::parse(DryRun("{}").text)["status"]["observedGeneration"], -1);
}

TEST(Crd, NamespaceCannotBeChangedLater) {
  KubeApiServer& server = Installed();
  const auto patch = [](const std::string& collector) {
    return Try({"patch", "mpl", "immutable", "--type=merge", "--dry-run=server",
                "-p={\"spec\":{\"collector\":" + collector + "}}"});
  };
  server.Kubectl({"create", "-f", "-"},
                 R"({"apiVersion": "metricspipeline.dev/v1alpha1", "kind": "MetricsPipeline",
                     "metadata": {"name": "immutable"},
                     "spec": {"collector": {"namespace": "one"}}})");

  EXPECT_THAT(patch(R"({"namespace":"two"})").text, HasSubstr("delete this MetricsPipeline"));
  EXPECT_THAT(patch(R"({"namespace":null})").text, HasSubstr("delete this MetricsPipeline"));
  EXPECT_TRUE(patch(R"({"replicas":3})").ok);
  server.Kubectl({"delete", "mpl", "immutable"});
}

TEST(Crd, IsExplainedAndListed) {
  KubeApiServer& server = Installed();
  EXPECT_THAT(server.Kubectl({"explain", "mpl.spec.tls.kubelet.mode"}), HasSubstr("pinned"));
  EXPECT_THAT(server.Kubectl({"get", "metrics"}), testing::_);  // the category
}

}  // namespace
}  // namespace mpl::test
