// Nothing in the CRD that does nothing, and nothing in status that the CRD does not know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "operator/pipeline/yaml.h"
#include "operator/plan/serving_state.h"
#include "test/support/paths/paths.h"
#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using std::chrono::minutes;
using test::World;

Json Schema(const char* part) {
  std::ifstream file(mpl::test::SourcePath("crds/metricspipeline.dev_metricspipelines.yaml"));
  std::stringstream content;
  content << file.rdbuf();
  const auto documents = pipeline::ParseYaml(content.str());
  return documents->at(0)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"][part];
}

// "scrape.port.number"; maps and lists are leaves.
void ListLeaves(const std::string& path, const Json& schema, std::set<std::string>& leaves) {
  if (!schema.contains("properties")) {
    leaves.insert(path);
    return;
  }
  for (const auto& [name, property] : schema["properties"].items()) {
    ListLeaves(path.empty() ? name : path + "." + name, property, leaves);
  }
}

// A value for each leaf that is not its default, in a spec that is valid.
const std::map<std::string, const char*>& Changes() {
  static const std::map<std::string, const char*> kChanges = {
      {"managementState", R"({"managementState": "Unmanaged"})"},
      {"collector.namespace", R"({"collector": {"namespace": "x"}})"},
      {"collector.image", R"({"collector": {"image": "x"}})"},
      {"collector.imagePullPolicy", R"({"collector": {"imagePullPolicy": "Always"}})"},
      {"collector.imagePullSecrets", R"({"collector": {"imagePullSecrets": [{"name": "x"}]}})"},
      {"collector.replicas", R"({"collector": {"replicas": 1}})"},
      {"collector.resources.requests",
       R"({"collector": {"resources": {"requests": {"cpu": "1"}}}})"},
      {"collector.resources.limits", R"({"collector": {"resources": {"limits": {"cpu": "1"}}}})"},
      {"collector.sizing.mode", R"({"collector": {"sizing": {"mode": "Proportional"}}})"},
      {"collector.priorityClassName", R"({"collector": {"priorityClassName": "x"}})"},
      {"collector.nodeSelector", R"({"collector": {"nodeSelector": {"a": "b"}}})"},
      {"collector.tolerations", R"({"collector": {"tolerations": [{"operator": "Exists"}]}})"},
      {"collector.affinity", R"({"collector": {"affinity": {"podAffinity": {}}}})"},
      {"collector.podTemplate.labels", R"({"collector": {"podTemplate": {"labels": {"a": "b"}}}})"},
      {"collector.podTemplate.annotations",
       R"({"collector": {"podTemplate": {"annotations": {"a": "b"}}}})"},
      {"collector.logging.level", R"({"collector": {"logging": {"level": "Debug"}}})"},
      {"collector.logging.format", R"({"collector": {"logging": {"format": "Text"}}})"},
      {"collector.network.mode",
       R"({"collector": {"network": {"mode": "Host", "securePort": 4443}}})"},
      {"collector.network.securePort", R"({"collector": {"network": {"securePort": 4443}}})"},
      {"scrape.resolution", R"({"scrape": {"resolution": "30s"}})"},
      {"scrape.timeout", R"({"scrape": {"timeout": "5s"}})"},
      {"scrape.addressTypes", R"({"scrape": {"addressTypes": ["Hostname"]}})"},
      {"scrape.port.source", R"({"scrape": {"port": {"source": "Fixed", "number": 1}}})"},
      {"scrape.port.number", R"({"scrape": {"port": {"source": "Fixed", "number": 2}}})"},
      {"scrape.nodeSelector", R"({"scrape": {"nodeSelector": "a=b"}})"},
      {"scrape.maxConcurrency", R"({"scrape": {"maxConcurrency": 9}})"},
      {"tls.kubelet.mode", R"({"tls": {"kubelet": {"mode": "ClusterCA"}}})"},
      {"tls.kubelet.caBundleRef.kind",
       R"({"tls": {"kubelet": {"mode": "CustomCA", "caBundleRef": {"name": "x", "kind": "Secret"}}}})"},
      {"tls.kubelet.caBundleRef.name",
       R"({"tls": {"kubelet": {"mode": "CustomCA", "caBundleRef": {"name": "y"}}}})"},
      {"tls.kubelet.caBundleRef.key",
       R"({"tls": {"kubelet": {"mode": "CustomCA", "caBundleRef": {"name": "x", "key": "k"}}}})"},
      {"tls.kubelet.clientCertificateRef.name",
       R"({"tls": {"kubelet": {"clientCertificateRef": {"name": "x"}}}})"},
      {"tls.serving.mode", R"({"tls": {"serving": {"mode": "Insecure"}}})"},
      {"tls.serving.secretRef.name",
       R"({"tls": {"serving": {"mode": "Secret", "secretRef": {"name": "x"}}}})"},
      {"tls.serving.issuerRef.name",
       R"({"tls": {"serving": {"mode": "CertManager", "issuerRef": {"name": "x"}}}})"},
      {"tls.serving.issuerRef.kind",
       R"({"tls": {"serving": {"mode": "CertManager", "issuerRef": {"name": "x", "kind": "k"}}}})"},
      {"tls.serving.issuerRef.group",
       R"({"tls": {"serving": {"mode": "CertManager", "issuerRef": {"name": "x", "group": "g"}}}})"},
      {"apiServices.conflictPolicy", R"({"apiServices": {"conflictPolicy": "TakeOver"}})"},
      {"apiServices.deletionPolicy", R"({"apiServices": {"deletionPolicy": "Orphan"}})"},
      {"apiServices.unavailablePolicy", R"({"apiServices": {"unavailablePolicy": "Withdraw"}})"}};
  return kChanges;
}

World Prepared(const std::string& spec) {
  World world;
  world.pipeline = test::MakePipeline(spec);
  const std::string ns = CollectorNamespace(world.pipeline, world.observed.operator_namespace);
  if (!world.pipeline.tls.serving_secret.empty() || world.pipeline.tls.issuer_ref) {
    std::vector<std::string> done;
    UnsavedKeys unsaved;
    const Names names("cluster", ns);
    world.observed.serving = ObserveServing(world.pipeline, names, {}, world.now, unsaved, done);
  }
  if (world.pipeline.tls.ca_bundle_ref) world.observed.ca_bundle = Referenced{};
  return world;
}

std::string Text(const Plan& plan) {
  std::string text = plan.status.dump();
  for (const Action& action : plan.actions) {
    const auto* apply = std::get_if<ApplyObject>(&action);
    text += apply != nullptr ? apply->object.dump() : test::Describe({action}).front();
  }
  return text;
}

// All that the operator does and says: at peace, beside another provider, without replicas, and
// with a bundle that lacks its key.
std::string Behaviour(const std::string& spec) {
  World peace = Prepared(spec);
  peace.MakeReady();
  World beside = Prepared(spec);
  beside.AddForeignApiService("v1beta1");
  beside.MakeReady();
  beside.now += minutes(1);
  World alone = Prepared(spec);
  alone.MakeReady();
  alone.ReplicasBecomeReady(0);
  alone.Settle();
  alone.now += minutes(6);
  World keyless = Prepared(spec);
  if (keyless.observed.ca_bundle) keyless.observed.ca_bundle->exists = true;
  return Text(peace.MakePlan()) + Text(beside.MakePlan()) + Text(alone.MakePlan()) +
         Text(keyless.MakePlan());
}

TEST(Spec, EveryFieldHasAnEntryHere) {
  std::set<std::string> leaves, known;
  ListLeaves("", Schema("spec"), leaves);
  for (const auto& [path, change] : Changes()) known.insert(path);
  EXPECT_EQ(leaves, known);
}

TEST(Spec, EveryFieldChangesWhatTheOperatorDoes) {
  std::map<std::string, std::string> seen = {{Behaviour("{}"), "the defaults"}};
  for (const auto& [path, change] : Changes()) {
    const auto [entry, fresh] = seen.emplace(Behaviour(change), path);
    EXPECT_TRUE(fresh) << path << " does the same as " << entry->second;
  }
}

void ListUnknown(const std::string& path, const Json& schema, const Json& value,
                 std::vector<std::string>& unknown) {
  if (value.is_array()) {
    for (const Json& item : value) ListUnknown(path + "[]", schema["items"], item, unknown);
  }
  if (!value.is_object()) return;
  for (const auto& [name, below] : value.items()) {
    const std::string where = path + "." + name;
    if (!schema.contains("properties") || !schema["properties"].contains(name)) {
      unknown.push_back(where);
    } else {
      ListUnknown(where, schema["properties"][name], below, unknown);
    }
  }
}

// The API server would drop such a field without a word.
TEST(Status, HasNoFieldThatTheSchemaDoesNotKnow) {
  World world;
  world.pipeline.meta.annotations[std::string(kRequestAnnotation)] = "now";
  world.AddForeignApiService("v1beta1");
  world.MakeReady();
  world.observed.reports[0].failing = {{"node-b", "Timeout", "m", "s"}};
  const Json status = world.MakePlan().status;
  for (const char* field : {"lastHandledReconcileAt", "operatorVersion", "summary", "collector",
                            "scrape", "apiServices", "certificates"}) {
    EXPECT_TRUE(status.contains(field)) << field;
  }

  std::vector<std::string> unknown;
  ListUnknown("status", Schema("status"), status, unknown);

  EXPECT_THAT(unknown, testing::IsEmpty());
}

}  // namespace
}  // namespace mpl::plan
