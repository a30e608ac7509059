#include "operator/controller/endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/controller/prober.h"

namespace mpl::controller {
namespace {

using objects::Json;
using testing::ElementsAre;
using testing::IsEmpty;

Json Slice(const Json& endpoints, const char* port_name = "https") {
  return {{"addressType", "IPv4"},
          {"ports", {{{"name", port_name}, {"port", 10250}, {"protocol", "TCP"}}}},
          {"endpoints", endpoints}};
}

Json At(const char* address) { return {{"addresses", {address}}}; }

Json At(const char* address, bool ready) {
  return {{"addresses", {address}}, {"conditions", {{"ready", ready}}}};
}

TEST(ReadyEndpoints, AreSortedAndEachOnce) {
  const auto found = ReadyEndpoints({Slice({At("10.0.0.2", true), At("10.0.0.1", true)}),
                                     Slice(Json::array({At("10.0.0.2", true)}))});
  EXPECT_THAT(found, ElementsAre(Endpoint{"10.0.0.1", 10250}, Endpoint{"10.0.0.2", 10250}));
}

// discovery.k8s.io/v1 EndpointConditions: "a nil value should be interpreted as true".
TEST(ReadyEndpoints, CountThoseThatDoNotSay) {
  EXPECT_THAT(ReadyEndpoints({Slice(Json::array({At("10.0.0.1")}))}),
              ElementsAre(Endpoint{"10.0.0.1", 10250}));
}

TEST(ReadyEndpoints, LeaveOutTheUnreadyAndOtherPorts) {
  EXPECT_THAT(ReadyEndpoints({Slice(Json::array({At("10.0.0.1", false)}))}), IsEmpty());
  EXPECT_THAT(ReadyEndpoints({Slice(Json::array({At("10.0.0.1", true)}), "metrics")}), IsEmpty());
}

TEST(Replicas, AreThoseThatAreReadyAndThoseThatAreNot) {
  const auto found =
      Replicas({Slice({At("10.0.0.2", false), At("10.0.0.1", true), At("10.0.0.3")})});
  EXPECT_THAT(found,
              ElementsAre(Endpoint{"10.0.0.1", 10250, true}, Endpoint{"10.0.0.2", 10250, false},
                          Endpoint{"10.0.0.3", 10250, true}));
}

TEST(Replicas, StandOnceAndAsReadyWhenOneSliceSaysSo) {
  const auto found = Replicas(
      {Slice(Json::array({At("10.0.0.1", false)})), Slice(Json::array({At("10.0.0.1", true)}))});
  EXPECT_THAT(found, ElementsAre(Endpoint{"10.0.0.1", 10250, true}));
}

// EndpointConditions.terminating: "this endpoint is terminating".
TEST(Replicas, LeaveOutWhatIsGoing) {
  Json going = At("10.0.0.1", false);
  going["conditions"]["terminating"] = true;
  EXPECT_THAT(Replicas({Slice(Json::array({going}))}), IsEmpty());
}

// A slice without endpoints has null there, as Go writes an empty list.
TEST(ReadyEndpoints, TakeAnyShape) {
  EXPECT_THAT(ReadyEndpoints({Slice(Json()), Json(), Json::object(), Json{{"ports", Json()}}}),
              IsEmpty());
}

plan::ReplicaReport Running(const std::string& hash) {
  plan::ReplicaReport report;
  report.config_hash = hash;
  return report;
}

Expectation Wanted() {
  Expectation expectation;
  expectation.config_hash = "new";
  expectation.replicas = 2;
  expectation.registered = true;
  return expectation;
}

Findings Fine() {
  Findings findings;
  findings.reports = {Running("new"), Running("new")};
  findings.api = plan::ApiProbe::kAnswers;
  return findings;
}

TEST(Steadiness, MeansAllRunTheWantedConfigurationAndTheApiAnswers) {
  EXPECT_TRUE(IsSteady(Wanted(), Fine()));
}

TEST(Steadiness, IsNotDisturbedByASpareReplica) {
  Findings findings = Fine();
  findings.reports.push_back(Running("new"));
  findings.reports.back().ready = false;
  EXPECT_TRUE(IsSteady(Wanted(), findings));
}

struct Unsteady {
  const char* name;
  std::function<void(Findings&)> change;
};

class UnsteadyFindings : public testing::TestWithParam<Unsteady> {};

TEST_P(UnsteadyFindings, AreLookedAtOften) {
  Findings findings = Fine();
  GetParam().change(findings);
  EXPECT_FALSE(IsSteady(Wanted(), findings));
}

INSTANTIATE_TEST_SUITE_P(
    Steadiness, UnsteadyFindings,
    testing::Values(Unsteady{"OldHash", [](Findings& f) { f.reports[1].config_hash = "old"; }},
                    Unsteady{"MissingReplica", [](Findings& f) { f.reports.pop_back(); }},
                    Unsteady{"UnreadyReplica", [](Findings& f) { f.reports[1].ready = false; }},
                    Unsteady{"SilentReplica", [](Findings& f) { f.unread = 1; }},
                    Unsteady{"ApiFails", [](Findings& f) { f.api = plan::ApiProbe::kFails; }},
                    Unsteady{"ApiUnasked", [](Findings& f) { f.api = plan::ApiProbe::kUnknown; }}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace mpl::controller
