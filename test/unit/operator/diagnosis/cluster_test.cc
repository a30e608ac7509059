#include "operator/diagnosis/cluster.h"

#include <gmock/gmock.h>

namespace mpl::diagnosis {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kDefaultTypes = {"InternalIP", "ExternalIP", "Hostname"};

Json Node(const std::string& name, const std::string& type, const std::string& version) {
  return {{"metadata", {{"name", name}}},
          {"status",
           {{"addresses", {{{"type", type}, {"address", "192.0.2.1"}}}},
            {"nodeInfo", {{"kubeletVersion", version}}},
            {"daemonEndpoints", {{"kubeletEndpoint", {{"Port", 10255}}}}},
            {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}};
}

std::vector<NodeFacts> Nodes(const std::vector<Json>& nodes) {
  return ReadNodes({{"items", nodes}});
}

TEST(Nodes, AreReadFromTheirObjects) {
  const auto nodes = Nodes({Node("a", "InternalIP", "v1.36.3"), Json::object()});
  ASSERT_EQ(nodes.size(), 2U);
  EXPECT_EQ(nodes[0].AddressOf(kDefaultTypes), "192.0.2.1");
  EXPECT_EQ(nodes[0].kubelet_port, 10255);
  EXPECT_TRUE(nodes[0].ready);
  EXPECT_THAT(nodes[0].Names(), testing::ElementsAre("a", "192.0.2.1"));
  EXPECT_EQ(nodes[1].kubelet_port, 10250);
  EXPECT_EQ(nodes[1].AddressOf(kDefaultTypes), "");
}

TEST(Addresses, ANodeWithoutAWantedTypeIsAFault) {
  const auto fine = JudgeAddresses(Nodes({Node("a", "InternalIP", "")}), kDefaultTypes);
  EXPECT_FALSE(HasFault(fine));
  EXPECT_THAT(Describe(fine), HasSubstr("InternalIP on 1 node"));
  const auto faulty = JudgeAddresses(Nodes({Node("b", "ExternalDNS", "")}), kDefaultTypes);
  EXPECT_TRUE(HasFault(faulty));
  EXPECT_THAT(Describe(faulty), HasSubstr("b (present: ExternalDNS on 1 node)"));
}

TEST(Versions, AreReadAsDistributionsWriteThem) {
  EXPECT_EQ(ParseMinor("v1.36.3"), (MinorVersion{1, 36}));
  EXPECT_EQ(ParseMinor("v1.33.4+k3s1"), (MinorVersion{1, 33}));
  EXPECT_EQ(ParseMinor("v1.34.1-gke.1500000"), (MinorVersion{1, 34}));
  EXPECT_EQ(ParseMinor("1.30+"), (MinorVersion{1, 30}));
  for (const char* text : {"", "v", "1", "v1.x", "one.two"}) EXPECT_FALSE(ParseMinor(text)) << text;
}

TEST(Versions, TheServerHasAFloor) {
  EXPECT_EQ(JudgeServerVersion("v1.29.0").mark, Mark::kFine);
  EXPECT_EQ(JudgeServerVersion("v1.28.15").mark, Mark::kFault);
  EXPECT_EQ(JudgeServerVersion("weird").mark, Mark::kNote);
}

// kubernetes.io/releases/version-skew-policy: kubelet not newer, and up to three minors older.
TEST(Versions, KubeletsMayBeThreeMinorsOlder) {
  const auto mark = [](const char* kubelet) {
    return JudgeKubeletVersions("v1.36.3", Nodes({Node("a", "InternalIP", kubelet)})).mark;
  };
  EXPECT_EQ(mark("v1.36.9"), Mark::kFine);
  EXPECT_EQ(mark("v1.33.0"), Mark::kFine);
  EXPECT_EQ(mark("v1.32.0"), Mark::kNote);
  EXPECT_EQ(mark("v1.37.0"), Mark::kNote);
}

TEST(Versions, OfOperatorAndCollectorAreCompared) {
  const auto of = [](const char* by, const char* collector) {
    const Json pipeline = {
        {"metadata", {{"name", "cluster"}}},
        {"status", {{"operatorVersion", by}, {"collector", {{"version", collector}}}}}};
    return JudgeOwnVersions("0.2.0", std::vector<Json>(1, pipeline));
  };
  ASSERT_EQ(of("0.2.0", "0.2.0").size(), 1U);
  EXPECT_EQ(of("0.2.0", "0.2.0").front().mark, Mark::kFine);
  EXPECT_EQ(of("0.1.0", "0.1.0").front().mark, Mark::kNote);
  EXPECT_THAT(Describe(of("0.2.0", "0.1.0")), HasSubstr("collector 0.1.0 under operator 0.2.0"));
}

Json Crd(const char* established, const Json& schema) {
  return {{"spec", {{"versions", {{{"name", "v1alpha1"}, {"schema", schema}}}}}},
          {"status", {{"conditions", {{{"type", "Established"}, {"status", established}}}}}}};
}

TEST(CustomResource, IsTheOneOfThisProgram) {
  const Json own = Crd("True", {{"type", "object"}});
  EXPECT_EQ(JudgeCrd(own, own).mark, Mark::kFine);
  EXPECT_EQ(JudgeCrd(Crd("False", {{"type", "object"}}), own).mark, Mark::kFault);
  EXPECT_EQ(JudgeCrd(Crd("True", {{"type", "other"}}), own).mark, Mark::kNote);
  EXPECT_EQ(JudgeCrd(Fail(ErrorKind::kNotFound, "no"), own).mark, Mark::kFault);
  EXPECT_EQ(JudgeCrd(Fail(ErrorKind::kForbidden, "no"), own).mark, Mark::kNote);
}

// Pod Security Standards: hostNetwork is forbidden by "baseline" and "restricted".
TEST(Namespaces, MustAllowWhatThePodsNeed) {
  const auto level = [](const char* enforce) {
    return Json{{"metadata", {{"labels", {{"pod-security.kubernetes.io/enforce", enforce}}}}}};
  };
  EXPECT_EQ(JudgeNamespace("ns", level("restricted"), false).mark, Mark::kFine);
  EXPECT_EQ(JudgeNamespace("ns", Json::object(), false).mark, Mark::kFine);
  EXPECT_EQ(JudgeNamespace("ns", level("restricted"), true).mark, Mark::kFault);
  EXPECT_EQ(JudgeNamespace("ns", level("baseline"), true).mark, Mark::kFault);
  EXPECT_EQ(JudgeNamespace("ns", level("privileged"), true).mark, Mark::kFine);
  EXPECT_EQ(JudgeNamespace("ns", Json{{"status", {{"phase", "Terminating"}}}}, false).mark,
            Mark::kFault);
  EXPECT_EQ(JudgeNamespace("ns", Fail(ErrorKind::kNotFound, "no"), false).mark, Mark::kNote);
}

}  // namespace
}  // namespace mpl::diagnosis
