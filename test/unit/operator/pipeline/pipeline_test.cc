#include "operator/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpl::pipeline {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Json Document(const std::string& spec) {
  return {{"apiVersion", "metricspipeline.dev/v1alpha1"},
          {"kind", "MetricsPipeline"},
          {"metadata", {{"name", "cluster"}}},
          {"spec", Json::parse(spec)}};
}

MetricsPipeline Parsed(const std::string& spec) {
  auto parsed = ParsePipeline(Document(spec));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().front());
  return parsed.value_or(MetricsPipeline{});
}

Faults FaultsOf(const std::string& spec) {
  auto parsed = ParsePipeline(Document(spec));
  return parsed ? Faults{} : parsed.error();
}

// Defaults: design of the API, docs of the CRD.
TEST(Pipeline, EmptySpecMeansTheDocumentedDefaults) {
  const MetricsPipeline pipeline = Parsed("{}");

  EXPECT_EQ(pipeline.management_state, ManagementState::kManaged);
  EXPECT_EQ(pipeline.collector.replicas, 2);
  EXPECT_EQ(pipeline.collector.priority_class_name, "system-cluster-critical");
  EXPECT_EQ(pipeline.collector.secure_port, 10250);
  EXPECT_EQ(pipeline.scrape.resolution, seconds(15));
  EXPECT_EQ(pipeline.scrape.timeout, seconds(10));
  EXPECT_THAT(pipeline.scrape.address_types, ElementsAre("InternalIP", "ExternalIP", "Hostname"));
  EXPECT_EQ(pipeline.tls.kubelet_mode, KubeletTlsMode::kAuto);
  EXPECT_EQ(pipeline.tls.serving_mode, ServingMode::kSelfManaged);
  EXPECT_EQ(pipeline.api_services.conflict_policy, ConflictPolicy::kFail);
  EXPECT_EQ(pipeline.api_services.deletion_policy, DeletionPolicy::kDelete);
  EXPECT_EQ(pipeline.api_services.unavailable_policy, UnavailablePolicy::kKeep);
}

TEST(Pipeline, ReadsEveryField) {
  const MetricsPipeline pipeline = Parsed(R"({
    "managementState": "Unmanaged",
    "collector": {"namespace": "metrics", "image": "r/i:1", "imagePullPolicy": "Always",
      "imagePullSecrets": [{"name": "pull"}], "replicas": 3,
      "resources": {"limits": {"memory": "1Gi"}}, "sizing": {"mode": "Proportional"}, "priorityClassName": "",
      "nodeSelector": {"a": "b"}, "tolerations": [{"key": "k", "operator": "Exists"}],
      "affinity": {"nodeAffinity": {}},
      "podTemplate": {"labels": {"x": "1"}, "annotations": {"y": "2"}},
      "logging": {"level": "Debug", "format": "Text"},
      "network": {"mode": "Host", "securePort": 4443}},
    "scrape": {"resolution": "1m", "timeout": "54s", "addressTypes": ["Hostname"],
      "port": {"source": "Fixed", "number": 10255}, "nodeSelector": "a!=b", "maxConcurrency": 7},
    "tls": {"kubelet": {"mode": "CustomCA", "caBundleRef": {"kind": "Secret", "name": "ca",
      "key": "k"}, "clientCertificateRef": {"name": "client"}}, "serving": {"mode": "CertManager", "issuerRef": {"name": "i",
      "kind": "ClusterIssuer"}}},
    "apiServices": {"conflictPolicy": "TakeOver", "deletionPolicy": "Restore",
      "unavailablePolicy": "Withdraw"}})");

  EXPECT_EQ(pipeline.management_state, ManagementState::kUnmanaged);
  EXPECT_EQ(pipeline.collector.ns, "metrics");
  EXPECT_EQ(pipeline.collector.image, "r/i:1");
  EXPECT_EQ(pipeline.collector.image_pull_policy, "Always");
  EXPECT_THAT(pipeline.collector.image_pull_secrets, ElementsAre("pull"));
  EXPECT_EQ(pipeline.collector.replicas, 3);
  EXPECT_EQ(pipeline.collector.resources, Json::parse(R"({"limits": {"memory": "1Gi"}})"));
  EXPECT_EQ(pipeline.collector.priority_class_name, "");
  EXPECT_EQ(pipeline.collector.node_selector.at("a"), "b");
  EXPECT_EQ(pipeline.collector.tolerations.size(), 1);
  EXPECT_TRUE(pipeline.collector.affinity.contains("nodeAffinity"));
  EXPECT_EQ(pipeline.collector.pod_labels.at("x"), "1");
  EXPECT_EQ(pipeline.collector.pod_annotations.at("y"), "2");
  EXPECT_EQ(pipeline.collector.log_level, "Debug");
  EXPECT_EQ(pipeline.collector.log_format, "Text");
  EXPECT_EQ(pipeline.collector.network_mode, NetworkMode::kHost);
  EXPECT_EQ(pipeline.collector.secure_port, 4443);
  EXPECT_EQ(pipeline.scrape.resolution, minutes(1));
  EXPECT_EQ(pipeline.scrape.timeout, seconds(54));
  EXPECT_THAT(pipeline.scrape.address_types, ElementsAre("Hostname"));
  EXPECT_EQ(pipeline.scrape.port_source, PortSource::kFixed);
  EXPECT_EQ(pipeline.scrape.port_number, 10255);
  EXPECT_EQ(pipeline.scrape.node_selector, "a!=b");
  EXPECT_EQ(pipeline.scrape.max_concurrency, 7);
  EXPECT_EQ(pipeline.tls.kubelet_mode, KubeletTlsMode::kCustomCa);
  EXPECT_EQ(pipeline.tls.ca_bundle_ref->kind, "Secret");
  EXPECT_EQ(pipeline.tls.ca_bundle_ref->key, "k");
  EXPECT_EQ(pipeline.collector.sizing, SizingMode::kProportional);
  EXPECT_EQ(pipeline.tls.client_certificate, "client");
  EXPECT_EQ(pipeline.tls.issuer_ref->kind, "ClusterIssuer");
  EXPECT_EQ(pipeline.tls.issuer_ref->group, "cert-manager.io");
  EXPECT_EQ(pipeline.api_services.conflict_policy, ConflictPolicy::kTakeOver);
  EXPECT_EQ(pipeline.api_services.deletion_policy, DeletionPolicy::kRestore);
  EXPECT_EQ(pipeline.api_services.unavailable_policy, UnavailablePolicy::kWithdraw);
}

struct Refusal {
  const char* name;
  const char* spec;
  const char* fault;  // the beginning of one of the faults
};

class PipelineRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(PipelineRefuses, AndNamesTheField) {
  EXPECT_THAT(FaultsOf(GetParam().spec), Contains(HasSubstr(GetParam().fault)));
}

INSTANTIATE_TEST_SUITE_P(
    Specs, PipelineRefuses,
    testing::Values(
        Refusal{"FastResolution", R"({"scrape": {"resolution": "4s", "timeout": "3s"}})",
                "spec.scrape.resolution: must be from 5s to 5m"},
        Refusal{"SlowResolution", R"({"scrape": {"resolution": "6m"}})",
                "spec.scrape.resolution: must be from 5s to 5m"},
        // 90 % of 10 s is 9 s.
        Refusal{"LongTimeout", R"({"scrape": {"resolution": "10s", "timeout": "10s"}})",
                "spec.scrape.timeout: 10s is more than 90 % of resolution 10s"},
        Refusal{"NoDuration", R"({"scrape": {"resolution": "fast"}})",
                "spec.scrape.resolution: 'fast' is not a duration"},
        Refusal{"UnknownAddressType", R"({"scrape": {"addressTypes": ["IP"]}})",
                "spec.scrape.addressTypes: 'IP' is not one of"},
        Refusal{"SameAddressTypeTwice", R"({"scrape": {"addressTypes": ["Hostname", "Hostname"]}})",
                "spec.scrape.addressTypes: names 'Hostname' twice"},
        Refusal{"NoAddressType", R"({"scrape": {"addressTypes": []}})",
                "spec.scrape.addressTypes: must name at least one"},
        Refusal{"FixedWithoutNumber", R"({"scrape": {"port": {"source": "Fixed"}}})",
                "spec.scrape.port.number: belongs to source Fixed"},
        Refusal{"NumberWithoutFixed", R"({"scrape": {"port": {"number": 10250}}})",
                "spec.scrape.port.number: belongs to source Fixed"},
        Refusal{"KubeletPortOnHost", R"({"collector": {"network": {"mode": "Host"}}})",
                "spec.collector.network.securePort: 10250 belongs to the kubelet"},
        Refusal{"NoReplica", R"({"collector": {"replicas": 0}})",
                "spec.collector.replicas: 0 is not from 1 to 10"},
        Refusal{"ReplicasAsText", R"({"collector": {"replicas": "2"}})",
                "spec.collector.replicas: must be an integer, not string"},
        Refusal{"CollectorAsText", R"({"collector": "yes"})",
                "spec.collector: must be an object, not string"},
        Refusal{"OperatorsLabel",
                R"({"collector": {"podTemplate": {"labels": {"app.kubernetes.io/name": "x"}}}})",
                "spec.collector.podTemplate.labels: 'app.kubernetes.io/name' belongs"},
        Refusal{"CustomCaWithoutBundle", R"({"tls": {"kubelet": {"mode": "CustomCA"}}})",
                "spec.tls.kubelet.caBundleRef: belongs to mode CustomCA"},
        Refusal{"BundleWithoutCustomCa", R"({"tls": {"kubelet": {"caBundleRef": {"name": "x"}}}})",
                "spec.tls.kubelet.caBundleRef: belongs to mode CustomCA"},
        Refusal{"BundleWithoutName",
                R"({"tls": {"kubelet": {"mode": "CustomCA", "caBundleRef": {}}}})",
                "spec.tls.kubelet.caBundleRef.name: is required"},
        Refusal{"ClientCertificateWithoutName",
                R"({"tls": {"kubelet": {"clientCertificateRef": {}}}})",
                "spec.tls.kubelet.clientCertificateRef.name: is required"},
        Refusal{"UnknownSizing", R"({"collector": {"sizing": {"mode": "Big"}}})",
                "spec.collector.sizing.mode: 'Big' is not one of Static, Proportional"},
        Refusal{"SecretWithoutRef", R"({"tls": {"serving": {"mode": "Secret"}}})",
                "spec.tls.serving.secretRef: belongs to mode Secret"},
        Refusal{"RefWithoutSecret", R"({"tls": {"serving": {"secretRef": {"name": "x"}}}})",
                "spec.tls.serving.secretRef: belongs to mode Secret"},
        Refusal{"CertManagerWithoutIssuer", R"({"tls": {"serving": {"mode": "CertManager"}}})",
                "spec.tls.serving.issuerRef: belongs to mode CertManager"},
        Refusal{"UnknownMode", R"({"tls": {"serving": {"mode": "None"}}})",
                "spec.tls.serving.mode: 'None' is not one of SelfManaged, Secret"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Pipeline, NamesEveryFaultAtOnce) {
  const Faults faults = FaultsOf(
      R"({"collector": {"replicas": 99}, "scrape": {"resolution": "1s"}, "managementState": "Off"})");

  EXPECT_THAT(faults, Contains(HasSubstr("spec.collector.replicas")));
  EXPECT_THAT(faults, Contains(HasSubstr("spec.scrape.resolution")));
  EXPECT_THAT(faults, Contains(HasSubstr("spec.managementState")));
}

TEST(Pipeline, LeavesUnknownFieldsAloneForNewerSchemas) {
  EXPECT_TRUE(FaultsOf(R"({"later": {"x": 1}})").empty());
}

// Server-side apply leaves null behind when the last entry of a map is removed.
TEST(Pipeline, TakesNullForLeftOut) {
  const MetricsPipeline pipeline =
      Parsed(R"({"collector": {"nodeSelector": null, "affinity": null, "replicas": null}})");

  EXPECT_EQ(pipeline.collector.replicas, 2);
  EXPECT_TRUE(pipeline.collector.affinity.is_null());
}

TEST(Pipeline, WantsASpec) {
  Json document = Document("{}");
  document.erase("spec");

  EXPECT_THAT(ParsePipeline(document).error(), Contains(HasSubstr("spec: is required")));
}

TEST(Pipeline, RefusesNamesThatCannotNameAService) {
  const std::vector<std::string> names = {"my.cluster", "1st", "Cluster", "x-",
                                          std::string(41, 'a')};
  for (const std::string& name : names) {
    Json document = Document("{}");
    document["metadata"]["name"] = name;
    EXPECT_FALSE(ParsePipeline(document)) << name;
  }
}

TEST(Pipeline, RefusesOtherKinds) {
  Json document = Document("{}");
  document["kind"] = "Pipeline";

  EXPECT_THAT(ParsePipeline(document).error(), Contains(HasSubstr("'Pipeline'")));
}

TEST(Pipeline, KnowsItsFinalizer) {
  Json document = Document("{}");
  EXPECT_FALSE(ParsePipeline(document)->has_restore_finalizer);
  document["metadata"]["finalizers"] = {"other", std::string(kRestoreFinalizer)};
  EXPECT_TRUE(ParsePipeline(document)->has_restore_finalizer);
  EXPECT_EQ(ParsePipeline(document)->other_finalizers, std::vector<std::string>{"other"});
}

// Written by a version that knows more, and left to us by a roll-back.
TEST(Pipeline, ADeletionReadsWhatItCan) {
  Json document = Document(R"({"collector": {"namespace": "elsewhere"},
                               "scrape": {"resolution": "of another kind"},
                               "apiServices": {"deletionPolicy": "GiveAway"}})");
  ASSERT_FALSE(ParsePipeline(document));
  EXPECT_EQ(ParseForDeletion(document).collector.ns, "elsewhere");
  EXPECT_EQ(ParseForDeletion(document).api_services.deletion_policy, DeletionPolicy::kDelete);

  document["metadata"]["finalizers"] = {kRestoreFinalizer};
  EXPECT_TRUE(ParseForDeletion(document).has_restore_finalizer);
  EXPECT_EQ(ParseForDeletion(document).api_services.deletion_policy, DeletionPolicy::kRestore);
}

}  // namespace
}  // namespace mpl::pipeline
