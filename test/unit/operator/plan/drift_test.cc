#include "operator/plan/drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpl::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Pair {
  const char* name;
  const char* live;
  const char* intent;
  bool holds;
};
class Standing : public testing::TestWithParam<Pair> {};

TEST_P(Standing, IsJudgedFieldByField) {
  EXPECT_EQ(Holds(Json::parse(GetParam().live), Json::parse(GetParam().intent)), GetParam().holds);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, Standing,
    testing::Values(
        Pair{"Same", R"({"a": {"b": 1}})", R"({"a": {"b": 1}})", true},
        Pair{"OthersHaveMore", R"({"a": {"b": 1, "c": 2}, "d": 3})", R"({"a": {"b": 1}})", true},
        Pair{"Changed", R"({"a": {"b": 2}})", R"({"a": {"b": 1}})", false},
        Pair{"Removed", R"({"a": {}})", R"({"a": {"b": 1}})", false},
        Pair{"NothingThere", "null", R"({"a": 1})", false},
        Pair{"GoLeavesOutFalse", "{}", R"({"a": false})", true},
        Pair{"GoLeavesOutEmpty", "{}", R"({"a": [], "b": {}, "c": "", "d": 0, "e": null})", true},
        Pair{"FalseTurnedTrue", R"({"a": true})", R"({"a": false})", false},
        Pair{"NullMeansNone", R"({"a": "x"})", R"({"a": null})", false},
        Pair{"ItemsAreCompared", R"({"a": [{"b": 1, "z": 0}]})", R"({"a": [{"b": 1}]})", true},
        Pair{"ItemMissing", R"({"a": [1]})", R"({"a": [1, 2]})", false},
        Pair{"ItemTooMany", R"({"a": [1, 2]})", R"({"a": [1]})", false},
        Pair{"OtherType", R"({"a": "1"})", R"({"a": 1})", false}),
    [](const auto& row) { return row.param.name; });

Json Intent() {
  return Json::parse(R"({"metadata": {"name": "c", "labels": {"x": "ours"}},
    "spec": {"replicas": 2, "template": {"spec": {"containers": [
      {"name": "collector", "image": "ours:1"}]}}}})");
}

// managedFields as kube-apiserver 1.36 writes them for `kubectl scale` and `kubectl set image`.
Json ChangedBy(const std::string& fields, const std::string& manager = "kubectl") {
  Json live = Intent();
  live["spec"]["replicas"] = 7;
  live["spec"]["template"]["spec"]["containers"][0]["image"] = "theirs:1";
  live["metadata"]["managedFields"] = {
      {{"manager", "metricspipeline-operator"},
       {"operation", "Apply"},
       {"time", "2026-11-21T12:00:00Z"},
       {"fieldsV1", Json::parse(R"({"f:spec": {"f:replicas": {}}})")}},
      {{"manager", "kube-controller-manager"},
       {"operation", "Update"},
       {"subresource", "status"},
       {"time", "2026-11-21T12:09:00Z"},
       {"fieldsV1", Json::parse(R"({"f:status": {"f:replicas": {}}})")}},
      {{"manager", manager},
       {"operation", "Update"},
       {"time", "2026-11-21T12:05:00Z"},
       {"fieldsV1", Json::parse(fields)}}};
  return live;
}

// Kubernetes API reference: roleRef and a Secret's type and immutable data cannot be updated, and
// only one owner can be the controller.
TEST(CannotBecome, WhatNoUpdateCanChange) {
  const auto json = [](const char* text) { return Json::parse(text); };
  const Json bound = json(R"({"roleRef": {"apiGroup": "g", "kind": "Role", "name": "a"}})");
  EXPECT_FALSE(CannotBecome(bound, bound));
  EXPECT_TRUE(
      CannotBecome(bound, json(R"({"roleRef": {"apiGroup": "g", "kind": "Role", "name": "b"}})")));
  const Json opaque = json(R"({"type": "Opaque", "data": {"a": "eA=="}})");
  EXPECT_FALSE(CannotBecome(opaque, json(R"({"type": "Opaque", "data": {"a": "eQ=="}})")));
  EXPECT_FALSE(CannotBecome(opaque, json(R"({"data": {"a": "eQ=="}})")));
  EXPECT_TRUE(CannotBecome(opaque, json(R"({"type": "kubernetes.io/tls"})")));
  EXPECT_TRUE(CannotBecome(json(R"({"immutable": true})"), json(R"({"data": {"a": "eQ=="}})")));

  const Json ours =
      json(R"({"metadata": {"ownerReferences": [{"uid": "1", "controller": true}]}})");
  EXPECT_FALSE(CannotBecome(ours, ours));
  EXPECT_FALSE(CannotBecome(json(R"({"metadata": {"ownerReferences": [{"uid": "2"}]}})"), ours));
  EXPECT_TRUE(CannotBecome(
      json(R"({"metadata": {"ownerReferences": [{"uid": "2", "controller": true}]}})"), ours));
}

TEST(FindDrift, NamesTheManagerAndTheField) {
  const Drift drift =
      FindDrift("Deployment a/c", ChangedBy(R"({"f:spec": {"f:replicas": {}}})"), Intent());

  EXPECT_EQ(drift, (Drift{"Deployment a/c", false, "kubectl", {"spec.replicas"}}));
  EXPECT_THAT(Describe(drift),
              HasSubstr("Deployment a/c was changed by field manager kubectl (spec.replicas)"));
}

TEST(FindDrift, FindsItemsByTheirKey) {
  const Drift drift = FindDrift("d", ChangedBy(R"({"f:spec": {"f:template": {"f:spec": {
      "f:containers": {"k:{\"name\":\"collector\"}": {".": {}, "f:image": {}},
                       "k:{\"name\":\"sidecar\"}": {".": {}, "f:image": {}}}}}}})"),
                                Intent());

  EXPECT_THAT(drift.fields,
              ElementsAre(R"(spec.template.spec.containers[{"name":"collector"}].image)"));
}

// A field that somebody else owns with our value, or that we do not want anything of.
TEST(FindDrift, BlamesNobodyForWhatStandsAsWanted) {
  const Drift drift = FindDrift(
      "d",
      ChangedBy(R"({"f:metadata": {"f:labels": {"f:x": {}}, "f:annotations": {"f:team": {}}}})"),
      Intent());

  EXPECT_THAT(drift.fields, IsEmpty());
  EXPECT_EQ(drift.manager, "kubectl") << "the last that wrote, when no field tells more";
}

TEST(FindDrift, KnowsNobodyWithoutManagedFields) {
  const Drift drift = FindDrift("d", Intent(), Intent());

  EXPECT_THAT(drift.manager, IsEmpty());
  EXPECT_THAT(Describe(drift), HasSubstr("changed by somebody and is put right"));
}

TEST(FindDrift, EndsAtNoOddObject) {
  for (const char* text :
       {R"({"metadata": {"managedFields": [{}, {"manager": 1, "fieldsV1": 7}]}})",
        R"({"metadata": {"managedFields": [{"fieldsV1": {"k:{": {}, "f:other": [], "": {}}}]}})"}) {
    EXPECT_THAT(FindDrift("d", Json::parse(text), Intent()).fields, IsEmpty()) << text;
  }
}

Json Owner(const char* manager, const char* operation, const char* fields) {
  return {{"manager", manager}, {"operation", operation}, {"fieldsV1", Json::parse(fields)}};
}

const char* const kOperator = "metricspipeline-operator";

TEST(HandBack, GivesThePatchedFieldsToWhatTheFormerOwnerApplied) {
  const Json before = {
      Owner("helm", "Apply", R"({"f:spec": {"f:group": {}}})"),
      Owner(kOperator, "Apply", R"({"f:spec": {"f:group": {}, "f:caBundle": {}}})"),
      Owner(kOperator, "Update", R"({"f:spec": {"f:service": {"f:name": {}}}})"),
      Owner("kube-apiserver", "Update", R"({"f:status": {}})")};

  const Json expected = {
      Owner("helm", "Apply", R"({"f:spec": {"f:group": {}, "f:service": {"f:name": {}}}})"),
      Owner("kube-apiserver", "Update", R"({"f:status": {}})")};
  EXPECT_EQ(HandBack(before, "helm"), expected);
}

TEST(HandBack, MakesAnEntryForAFormerOwnerThatHasNoneLeft) {
  const Json before = Json::array({Owner(kOperator, "Update", R"({"f:spec": {}})")});

  EXPECT_EQ(HandBack(before, "helm"), Json::array({Owner("helm", "Update", R"({"f:spec": {}})")}));
}

TEST(HandBack, LeavesOthersAsTheyAre) {
  const Json before = Json::array({Owner("kubectl", "Update", R"({"f:spec": {}})")});

  EXPECT_EQ(HandBack(before, "helm"), before);
}

TEST(DescribeDrift, TellsOfADeletion) {
  EXPECT_THAT(plan::Describe({"Service a/c", true, "", {}}), HasSubstr("Service a/c was deleted"));
}

// An Event's note holds 1024 bytes.
TEST(DescribeDrift, NamesFiveFieldsAtMost) {
  const std::string text =
      plan::Describe({"d", false, "kubectl", {"a", "b", "c", "d", "e", "f", "g"}});
  EXPECT_THAT(text, HasSubstr("(a, b, c, d, e, and 2 more)"));
}

}  // namespace
}  // namespace mpl::plan
