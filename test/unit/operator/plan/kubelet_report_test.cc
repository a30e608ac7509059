// KubeletTLSVerified when there are many kubelets, of several classes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/unit/operator/plan/world.h"

namespace mpl::plan {
namespace {

using test::World;
using testing::HasSubstr;

// Each class of kubelets once, with its nodes, whatever their number.
TEST(KubeletTls, TellsOfEachClassOfKubelets) {
  World world;
  world.MakeReady();
  for (ReplicaReport& report : world.observed.reports) {
    report.nodes_total = 9;
    report.nodes_healthy = report.tls_verified = 3;
    report.tls_pinned = 1;
    report.pins = {{"p", "CN=p@1", "CN=p-ca@1"}};
    report.failing.clear();
    for (const char* node : {"a", "b", "c", "d"}) {
      report.failing.push_back({node, "NameMismatch", "for another. Do this.", ""});
    }
    report.failing.push_back({"e", "NoServingCertificate", "none yet.", ""});
  }
  world.Settle();

  EXPECT_EQ(
      world.Message("KubeletTLSVerified"),
      "1 of 9 kubelets present no certificate, because their request is not approved "
      "(NoServingCertificate): e: none yet. To approve: kubectl get csr --field-selector "
      "spec.signerName=kubernetes.io/kubelet-serving, then kubectl certificate approve NAME "
      "for each that its node really made; "
      "4 of 9 kubelets present a certificate for none of their node's names and addresses "
      "(NameMismatch): a, b, c and 1 more: for another. Do this.; "
      "1 of 9 kubelets present a certificate that the cluster CA did not sign; their keys are "
      "pinned: p (subject CN=p@1, issuer CN=p-ca@1). To have them verified: set "
      "serverTLSBootstrap: true in their kubelet's configuration, restart them, and approve "
      "what they ask for: kubectl get csr --field-selector "
      "spec.signerName=kubernetes.io/kubelet-serving, then kubectl certificate approve NAME "
      "for each that its node really made; "
      "3 of 9 kubelets are verified against their authority");
}

// 150 of 300 nodes are down, and 100 of them fill the list.
void FailBeyondTheList(World& world) {
  world.MakeReady();
  world.ReplicasReport(150, 300);
  for (ReplicaReport& report : world.observed.reports) {
    for (int i = 0; i < 100; ++i) {
      report.failing.push_back({"node-" + std::to_string(i), "Unreachable", "m", "s"});
    }
  }
}

TEST(KubeletTls, RefusesWhatOnlyTheCountsShow) {
  World world;
  FailBeyondTheList(world);
  for (ReplicaReport& report : world.observed.reports) {
    report.failing_by_reason = {{"Unreachable", 145}, {"KubeletKeyChanged", 5}};
    report.failing[0] = {"z", "KubeletKeyChanged", "what was seen", "s"};
  }
  world.Settle();

  EXPECT_EQ(world.Reason("KubeletTLSVerified"), "CertificateRefused");
  EXPECT_THAT(world.Message("KubeletTLSVerified"),
              HasSubstr("5 of 300 kubelets present another key than the one that was pinned "
                        "(KubeletKeyChanged): z and 4 more: what was seen"));
  EXPECT_THAT(world.Message("ScrapeHealthy"), HasSubstr("; and 147 more: see"));
}

TEST(KubeletTls, DoesNotVouchForNodesThatItCannotSee) {
  World world;
  FailBeyondTheList(world);
  world.Settle();

  EXPECT_EQ(world.Status("KubeletTLSVerified"), "Unknown");
  EXPECT_THAT(world.Message("KubeletTLSVerified"),
              HasSubstr("50 of 300 kubelets fail for reasons that the replicas do not tell"));
}

TEST(KubeletTls, VouchesWhenTheCountsShowNoRefusal) {
  World world;
  FailBeyondTheList(world);
  for (ReplicaReport& report : world.observed.reports) {
    report.failing_by_reason = {{"Unreachable", 150}};
  }
  world.Settle();

  EXPECT_EQ(world.Reason("KubeletTLSVerified"), "AllVerified");
}

}  // namespace
}  // namespace mpl::plan
