// Kubelets on loopback: what is seen of them, and above all what they get to see.
#include <gmock/gmock.h>

#include <optional>

#include "operator/app/check.h"
#include "test/support/certs/certs.h"
#include "test/support/kubelet/fake_kubelet.h"

namespace mpl::app {
namespace {

using diagnosis::KubeletProbe;

constexpr const char* kToken = "made-up-token-of-nobody";

class Probes : public testing::Test {
 protected:
  KubeletTarget Target(const test::FakeKubelet& kubelet) {
    return {"node1", "127.0.0.1", kubelet.port(), {"node1", "127.0.0.1"}, true};
  }

  std::vector<KubeletProbe> Probe(std::vector<KubeletTarget> targets) {
    KubeletQuestions questions;
    questions.roots = {test::Parse(authority_.ca_pem())};
    questions.token = kToken;
    std::optional<std::vector<KubeletProbe>> probes;
    net::TaskGroup tasks(runtime_.executor());
    tasks.Spawn("probe", Run(std::move(targets), std::move(questions), probes));
    runtime_.Run();
    runtime_.Restart();
    return probes.value_or(std::vector<KubeletProbe>());
  }

  net::Task<void> Run(std::vector<KubeletTarget> targets, KubeletQuestions questions,
                      std::optional<std::vector<KubeletProbe>>& probes) {
    probes = co_await ProbeKubelets(std::move(targets), std::move(questions));
    runtime_.Stop();
  }

  // Every Authorization header that came.
  static std::vector<std::string> Shown(const test::FakeKubelet& kubelet) {
    std::vector<std::string> shown;
    for (const http::Request& request : kubelet.requests) {
      if (request.headers.Has("Authorization")) {
        shown.emplace_back(request.headers.Get("Authorization"));
      }
    }
    return shown;
  }

  test::Authority authority_{"kubernetes"};
  net::IoRuntime runtime_;
};

TEST(ProbeTargets, AreDialledWhereTheSpecSays) {
  diagnosis::NodeFacts node;
  node.name = "node1";
  node.addresses = {{"InternalIP", "192.0.2.1"}, {"Hostname", "node1.example"}};
  pipeline::ScrapeSpec scrape;
  EXPECT_EQ(TargetsAmong({node, node}, scrape, 1).size(), 1U);
  EXPECT_EQ(TargetsAmong({node}, scrape, 9).at(0).port, 10250);

  scrape.address_types = {"Hostname"};
  scrape.port_source = pipeline::PortSource::kFixed;
  scrape.port_number = 10255;
  EXPECT_EQ(TargetsAmong({node}, scrape, 9).at(0).port, 10255);
  EXPECT_EQ(TargetsAmong({node}, scrape, 9).at(0).address, "node1.example");
}

TEST_F(Probes, AVerifiedKubeletIsAskedWithAndWithoutToken) {
  test::FakeKubelet kubelet(runtime_.executor(), authority_.IssueForLoopback());
  const auto probes = Probe({Target(kubelet)});
  ASSERT_EQ(probes.size(), 1U);
  EXPECT_EQ(probes[0].anonymous, 200);
  EXPECT_EQ(probes[0].with_token, 200);
  ASSERT_EQ(probes[0].chain.size(), 1U);
  ASSERT_EQ(kubelet.requests.size(), 2U);
  EXPECT_FALSE(kubelet.requests[0].headers.Has("Authorization"));
  EXPECT_THAT(Shown(kubelet), testing::ElementsAre("Bearer " + std::string(kToken)));
}

TEST_F(Probes, AKubeletThatIsNotVerifiedNeverSeesTheToken) {
  test::FakeKubelet alone(runtime_.executor(), test::SelfSignedKubelet("node1"));
  test::FakeKubelet stranger(runtime_.executor(), test::Authority("other").IssueForLoopback());
  test::FakeKubelet other_node(runtime_.executor(), authority_.Issue({.dns_names = {"node2"}}));
  const auto probes = Probe({Target(alone), Target(stranger), Target(other_node)});
  ASSERT_EQ(probes.size(), 3U);
  for (const KubeletProbe& probe : probes) {
    EXPECT_EQ(probe.anonymous, 200);
    EXPECT_FALSE(probe.with_token);
    EXPECT_FALSE(probe.chain.empty());
  }
  for (const test::FakeKubelet* kubelet : {&alone, &stranger, &other_node}) {
    EXPECT_THAT(Shown(*kubelet), testing::IsEmpty());
  }
}

TEST_F(Probes, WhatDoesNotAnswerIsAFailureOfThatProbeAlone) {
  test::FakeKubelet pending(runtime_.executor(), authority_.IssueForLoopback());
  pending.PresentNothing();
  test::FakeKubelet fine(runtime_.executor(), authority_.IssueForLoopback());
  fine.metrics.status = 401;
  KubeletTarget nobody{"node3", "127.0.0.1", 1, {"node3"}, true};
  const auto probes = Probe({Target(pending), nobody, Target(fine)});
  ASSERT_EQ(probes.size(), 3U);
  EXPECT_TRUE(probes[0].failure.has_value());
  EXPECT_TRUE(probes[0].chain.empty());
  ASSERT_TRUE(probes[1].failure.has_value());
  EXPECT_EQ(probes[1].failure->kind, ErrorKind::kUnreachable);
  EXPECT_EQ(probes[2].anonymous, 401);
}

}  // namespace
}  // namespace mpl::app
