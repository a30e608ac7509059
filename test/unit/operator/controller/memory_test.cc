// What the controller remembers between passes: applied intents, own writes, contests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operator/controller/contests.h"
#include "operator/controller/own_registrations.h"
#include "operator/controller/own_writes.h"
#include "operator/controller/skip_cache.h"

namespace mpl::controller {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const MonoTime kNow{std::chrono::hours(1)};

OwnWrites::Ptr Object(const std::string& version) {
  objects::JsonObject object;
  object.meta.resource_version = version;
  return std::make_shared<const objects::JsonObject>(std::move(object));
}

TEST(SkipCache, SkipsTheSameIntentOnAnUntouchedObject) {
  SkipCache cache;
  cache.Record("a", "7", "intent");
  EXPECT_TRUE(cache.InPlace("a", "7", "intent"));
}

TEST(SkipCache, NeverSkipsWhatChanged) {
  SkipCache cache;
  cache.Record("a", "7", "intent");
  EXPECT_FALSE(cache.InPlace("a", "8", "intent")) << "somebody wrote";
  EXPECT_FALSE(cache.InPlace("a", "7", "other")) << "we want something else";
  EXPECT_FALSE(cache.InPlace("a", "", "intent")) << "it was deleted";
  EXPECT_FALSE(cache.InPlace("b", "7", "intent"));
  cache.Forget("a");
  EXPECT_FALSE(cache.InPlace("a", "7", "intent"));
}

TEST(SkipCache, KnowsDriftFromNews) {
  SkipCache cache;
  cache.Record("a", "7", "intent");
  EXPECT_TRUE(cache.AppliedBefore("a", "intent"));
  EXPECT_FALSE(cache.AppliedBefore("a", "other"));
}

TEST(OwnWrites, CountUntilTheWatchCatchesUp) {
  OwnWrites writes;
  writes.Remember("a", Object("10"), kNow);
  EXPECT_EQ(writes.Newest("a", Object("9"), kNow)->meta.resource_version, "10");
  EXPECT_EQ(writes.Newest("a", nullptr, kNow)->meta.resource_version, "10");
  EXPECT_EQ(writes.Newest("a", Object("11"), kNow)->meta.resource_version, "11");
}

// "9" is later than "10" only as text.
TEST(OwnWrites, CompareVersionsAsNumbers) {
  OwnWrites writes;
  writes.Remember("a", Object("9"), kNow);
  EXPECT_EQ(writes.Newest("a", Object("10"), kNow)->meta.resource_version, "10");
}

TEST(OwnWrites, AreForgottenWhenTheWatchSaysMore) {
  OwnWrites writes;
  writes.Remember("a", Object("10"), kNow);
  writes.Seen("a", Object("8"));
  EXPECT_NE(writes.Newest("a", nullptr, kNow), nullptr) << "an older event is no news";
  writes.Seen("a", Object("10"));
  EXPECT_EQ(writes.Newest("a", nullptr, kNow), nullptr);
}

TEST(OwnWrites, EndWithADeletion) {
  OwnWrites writes;
  writes.Remember("a", Object("10"), kNow);
  writes.Seen("a", nullptr);
  EXPECT_EQ(writes.Newest("a", nullptr, kNow), nullptr);
}

TEST(OwnWrites, AreNotTrustedForEver) {
  OwnWrites writes;
  writes.Remember("a", Object("10"), kNow);
  EXPECT_EQ(writes.Newest("a", nullptr, kNow + minutes(1)), nullptr);
}

// Our registration with that bundle, or somebody else's.
OwnWrites::Ptr Registered(const std::string& version, const std::string& bundle,
                          const std::string& service = "cluster-collector") {
  const objects::Json json = {
      {"metadata",
       {{"name", "v1.metrics.k8s.io"},
        {"resourceVersion", version},
        {"labels",
         {{"app.kubernetes.io/managed-by", "metricspipeline-operator"},
          {"metricspipeline.dev/pipeline", "cluster"}}}}},
      {"spec", {{"caBundle", bundle}, {"service", {{"namespace", "a"}, {"name", service}}}}}};
  objects::JsonObject object{objects::ParseObjectMeta(json).value(), json};
  return std::make_shared<const objects::JsonObject>(std::move(object));
}

TEST(OwnRegistrations, KnowARewriteOfTheServiceOrTheBundle) {
  OwnRegistrations own;
  EXPECT_TRUE(own.IsRewrite(Registered("9", "A"), Registered("10", "A", "metrics-server")));
  EXPECT_FALSE(own.IsRewrite(Registered("9", "A", "metrics-server"), Registered("10", "B")));
  EXPECT_FALSE(own.IsRewrite(Registered("9", "A"), Registered("10", "B"))) << "not known yet";

  own.Want(Registered("", "A")->json);
  own.Wrote(*Registered("10", "A"));

  EXPECT_TRUE(own.IsRewrite(Registered("10", "A"), Registered("11", "B")));
  EXPECT_FALSE(own.IsRewrite(Registered("11", "B"), Registered("12", "B"))) << "the same one";
  EXPECT_FALSE(own.IsRewrite(Registered("11", "B"), Registered("12", "A"))) << "put right";
  EXPECT_FALSE(own.IsRewrite(nullptr, Registered("12", "B")));
}

TEST(OwnRegistrations, DoNotCountOurOwnChangesWheneverTheirEventsCome) {
  OwnRegistrations own;
  own.Want(Registered("", "A")->json);
  own.Wrote(*Registered("10", "A"));

  own.Want(Registered("", "B")->json);
  EXPECT_FALSE(own.IsRewrite(Registered("10", "A"), Registered("12", "B"))) << "before its answer";
  EXPECT_FALSE(own.IsRewrite(Registered("9", "0"), Registered("10", "A"))) << "of the write before";
  own.Wrote(*Registered("12", "B"));
  EXPECT_FALSE(own.IsRewrite(Registered("10", "A"), Registered("12", "B"))) << "after its answer";
}

TEST(OwnRegistrations, DoNotCountThatWeGaveOneBack) {
  OwnRegistrations own;
  own.Want(Registered("", "0", "metrics-server")->json);
  EXPECT_FALSE(own.IsRewrite(Registered("10", "A"), Registered("11", "0", "metrics-server")));
  EXPECT_TRUE(own.IsRewrite(Registered("10", "A"), Registered("11", "0", "another")));

  own.Want(Registered("", "A")->json);
  EXPECT_TRUE(own.IsRewrite(Registered("12", "A"), Registered("13", "0", "metrics-server")));
}

TEST(Contests, CountWhatHappenedWithinFiveMinutes) {
  Contests contests;
  contests.Note("v1.metrics.k8s.io", kNow);
  contests.Note("v1.metrics.k8s.io", kNow + minutes(4));
  EXPECT_EQ(contests.Count("v1.metrics.k8s.io", kNow + minutes(4)), 2);
  EXPECT_EQ(contests.Count("v1.metrics.k8s.io", kNow + minutes(5)), 1);
  EXPECT_EQ(contests.Count("v1beta1.metrics.k8s.io", kNow), 0);
}

}  // namespace
}  // namespace mpl::controller
