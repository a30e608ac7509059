// Shapes: Kubernetes API reference, TokenReview v1 and SubjectAccessReview v1.
#include "kube/auth/reviews.h"

#include <gmock/gmock.h>

#include "kube/auth/authorizer.h"

namespace mpl::auth {
namespace {

using testing::ElementsAre;

http::RequestInfo InfoOf(const std::string& target) {
  return http::MakeRequestInfo("GET", *http::ParseTarget(target));
}

TEST(TokenReview, CarriesTheTokenAndReadsTheUser) {
  EXPECT_EQ(MakeTokenReview("t"), Json::parse(R"({"apiVersion": "authentication.k8s.io/v1",
      "kind": "TokenReview", "spec": {"token": "t"}})"));

  const StepResult user = ReadTokenReview(Json::parse(R"({"status": {"authenticated": true,
      "user": {"username": "system:serviceaccount:a:b", "uid": "1", "groups": ["g"],
               "extra": {"k": ["v", "w"]}}}})"));
  ASSERT_TRUE(user && *user);
  EXPECT_EQ((*user)->name, "system:serviceaccount:a:b");
  EXPECT_EQ((*user)->uid, "1");
  EXPECT_THAT((*user)->groups, ElementsAre("g"));
  EXPECT_THAT((*user)->extra.at("k"), ElementsAre("v", "w"));
}

TEST(TokenReview, IsNoUserUnlessItSaysSo) {
  EXPECT_EQ(ReadTokenReview(Json::parse(R"({"status": {"authenticated": false}})")), std::nullopt);
  EXPECT_EQ(ReadTokenReview(Json::parse(R"({"status": {"user": {"username": "u"}}})")),
            std::nullopt);
  EXPECT_FALSE(ReadTokenReview(Json::parse(R"({"status": {"authenticated": true}})")));
  EXPECT_FALSE(ReadTokenReview(Json::parse("{}")));
  EXPECT_FALSE(ReadTokenReview(Json::parse("[]")));
}

TEST(AccessReview, DescribesAResourceRequest) {
  const UserInfo user{.name = "u", .uid = "1", .groups = {"g"}, .extra = {{"k", {"v"}}}};

  const Json review = MakeAccessReview(user, InfoOf("/apis/metrics.k8s.io/v1/namespaces/a/pods/p"));

  EXPECT_EQ(review, Json::parse(R"({"apiVersion": "authorization.k8s.io/v1",
      "kind": "SubjectAccessReview", "spec": {"user": "u", "uid": "1", "groups": ["g"],
      "extra": {"k": ["v"]}, "resourceAttributes": {"namespace": "a", "verb": "get",
      "group": "metrics.k8s.io", "version": "v1", "resource": "pods", "name": "p"}}})"));
}

TEST(AccessReview, DescribesAPathWhenThereIsNoResource) {
  const Json review = MakeAccessReview({.name = "u"}, InfoOf("/metrics?x=y"));
  EXPECT_EQ(review.at("spec"), Json::parse(R"({"user": "u",
      "nonResourceAttributes": {"path": "/metrics", "verb": "get"}})"));
}

TEST(AccessReview, PassesSelectorsOfAListOn) {
  const Json review = MakeAccessReview(
      {.name = "u"}, InfoOf("/apis/metrics.k8s.io/v1/pods?labelSelector=a=b,!c,d>1,e+notin+(x,y)"
                            "&fieldSelector=metadata.namespace!=z"));
  const Json& attributes = review.at("spec").at("resourceAttributes");
  EXPECT_EQ(attributes.at("labelSelector"), Json::parse(R"({"requirements": [
      {"key": "a", "operator": "In", "values": ["b"]}, {"key": "c", "operator": "DoesNotExist"},
      {"key": "e", "operator": "NotIn", "values": ["x", "y"]}]})"));
  EXPECT_EQ(attributes.at("fieldSelector"), Json::parse(R"({"requirements": [
      {"key": "metadata.namespace", "operator": "NotIn", "values": ["z"]}]})"));
}

TEST(AccessReview, LeavesAnUnreadableSelectorOut) {
  const Json review =
      MakeAccessReview({.name = "u"}, InfoOf("/apis/metrics.k8s.io/v1/pods?labelSelector=%2C"));
  EXPECT_FALSE(review.at("spec").at("resourceAttributes").contains("labelSelector"));
}

// The question is the wider one then; as JSON it would be hundreds of times as long.
TEST(AccessReview, LeavesAVeryLongSelectorOut) {
  for (const std::string parameter : {"labelSelector", "fieldSelector"}) {
    const std::string one = parameter == "labelSelector" ? "a" : "metadata.name=a";
    std::string selector = one;
    while (selector.size() <= 8'192) selector += "," + one;
    const auto asks_with = [&](const std::string& text) {
      const Json review = MakeAccessReview(
          {.name = "u"}, InfoOf("/apis/metrics.k8s.io/v1/pods?" + parameter + "=" + text));
      return review.at("spec").at("resourceAttributes").contains(parameter);
    };
    EXPECT_FALSE(asks_with(selector)) << parameter;
    EXPECT_TRUE(asks_with(selector.substr(one.size() + 1))) << parameter;
  }
}

TEST(AccessReview, AllowsOnlyWhatIsAllowedAndNotDenied) {
  const auto read = [](const char* text) { return ReadAccessReview(Json::parse(text)); };
  EXPECT_TRUE(read(R"({"status": {"allowed": true, "reason": "RBAC"}})")->allowed);
  EXPECT_EQ(read(R"({"status": {"allowed": true, "reason": "RBAC"}})")->reason, "RBAC");
  EXPECT_FALSE(read(R"({"status": {"allowed": false}})")->allowed);
  EXPECT_FALSE(read(R"({"status": {"allowed": true, "denied": true}})")->allowed);
  EXPECT_FALSE(read(R"({"status": {"allowed": "true"}})")->allowed);
  EXPECT_FALSE(read("{}"));
}

TEST(CacheKey, TellsQuestionsApart) {
  const auto key = [](const char* user, const char* target) {
    return CacheKey(MakeAccessReview({.name = user}, InfoOf(target)));
  };
  EXPECT_EQ(key("u", "/metrics").size(), 32U);
  EXPECT_EQ(key("u", "/metrics"), key("u", "/metrics?a=b"));
  EXPECT_NE(key("u", "/metrics"), key("v", "/metrics"));
  EXPECT_NE(key("u", "/apis/metrics.k8s.io/v1/pods"), key("u", "/apis/metrics.k8s.io/v1/nodes"));
  EXPECT_NE(CacheKey(std::string_view("a")), CacheKey(std::string_view("b")));
}

TEST(IsCacheable, RefusesTenThousandBytesOfTheRequester) {
  http::RequestInfo info;
  info.verb = "get";
  info.path = std::string(9'996, 'a');
  EXPECT_TRUE(IsCacheable(info));
  info.path += 'a';
  EXPECT_FALSE(IsCacheable(info));
}

TEST(DecideLocally, AllowsMastersAndHealthPathsOnly) {
  const UserInfo someone{.name = "u", .groups = {"system:authenticated"}};
  const UserInfo master{.name = "m", .groups = {"system:masters"}};
  const AlwaysAllow health;
  const auto decide = [&](const UserInfo& user, const char* target) {
    return DecideLocally(user, InfoOf(target), health);
  };
  EXPECT_EQ(decide(master, "/apis/metrics.k8s.io/v1/pods"), LocalDecision::kAllow);
  EXPECT_EQ(decide(someone, "/apis/metrics.k8s.io/v1/pods"), LocalDecision::kNeedsReview);
  for (const char* path : {"/healthz", "/livez", "/readyz", "/readyz?verbose"}) {
    EXPECT_EQ(decide(someone, path), LocalDecision::kAllow) << path;
  }
  for (const char* path : {"/readyz/ping", "/healthz/", "/healthzz", "//healthz", "/metrics"}) {
    EXPECT_EQ(decide(someone, path), LocalDecision::kNeedsReview) << path;
  }
}

TEST(AlwaysAllow, TakesAPrefixWithAStar) {
  const AlwaysAllow paths{.paths = {"/readyz*"}};
  EXPECT_TRUE(paths.Covers(InfoOf("/readyz/ping")));
  EXPECT_FALSE(paths.Covers(InfoOf("/livez")));
}

}  // namespace
}  // namespace mpl::auth
