#include "operator/plan/own_pod.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpl::plan {
namespace {

using objects::Json;
using testing::AllOf;
using testing::HasSubstr;

// `containers` as the API server has them.
Json OwnPod(const std::string& containers) {
  return {{"spec", {{"containers", Json::parse(containers)}}}};
}

// Istio with holdApplicationUntilProxyStarts puts its proxy first (istio.io, mesh configuration).
TEST(OwnImage, IsThatOfTheOperatorsContainerWhateverStandsBesideIt) {
  EXPECT_EQ(OwnImage(OwnPod(R"([{"name": "istio-proxy", "image": "istio/proxyv2:1.24"},
                             {"name": "operator", "image": "mpl:1"}])")),
            "mpl:1");
  EXPECT_EQ(OwnImage(OwnPod(R"([{"name": "operator", "image": "mpl:1"},
                             {"name": "logs", "image": "fluent-bit:3"}])")),
            "mpl:1");
}

TEST(OwnImage, IsThatOfTheOnlyContainerWhateverItsName) {
  EXPECT_EQ(OwnImage(OwnPod(R"([{"name": "manager", "image": "mpl:1"}])")), "mpl:1");
}

TEST(OwnImage, IsNotGuessedAmongSeveral) {
  const auto image = OwnImage(OwnPod(R"([{"name": "istio-proxy", "image": "istio/proxyv2:1.24"},
                                      {"name": "manager", "image": "mpl:1"}])"));
  ASSERT_FALSE(image);
  EXPECT_THAT(image.error().message,
              AllOf(HasSubstr("no container named operator (it has istio-proxy, manager)"),
                    HasSubstr("--image"), HasSubstr("OPERATOR_IMAGE")));
}

TEST(OwnPullSecrets, AreThoseOfThePodEachOnce) {
  const Json pod = Json::parse(R"({"spec": {"imagePullSecrets": [{"name": "b"}, {"name": "a"},
                                                               {"name": "b"}, {"name": ""}, {}]}})");
  EXPECT_THAT(OwnPullSecrets(pod), testing::ElementsAre("b", "a"));
  EXPECT_THAT(OwnPullSecrets(OwnPod("[]")), testing::IsEmpty());
  EXPECT_THAT(OwnPullSecrets(Json()), testing::IsEmpty());
}

TEST(Origin, IsTheOwnPodUnlessAFlagNamesAnImage) {
  Json pod = OwnPod(R"([{"name": "operator", "image": "mpl:1"}])");
  pod["spec"]["imagePullSecrets"] = Json::parse(R"([{"name": "registry"}])");

  EXPECT_EQ(ReadOrigin("", pod)->image, "mpl:1");
  EXPECT_THAT(ReadOrigin("", pod)->pull_secrets, testing::ElementsAre("registry"));
  EXPECT_EQ(ReadOrigin("mpl:2", pod)->image, "mpl:2");
  EXPECT_THAT(ReadOrigin("mpl:2", pod)->pull_secrets, testing::ElementsAre("registry"));
  EXPECT_FALSE(ReadOrigin("", OwnPod("[]")));
}

TEST(Origin, IsNotTakenForOneWithoutSecretsWhileThePodCannotBeRead) {
  const Result<Json> unreachable = Fail(ErrorKind::kUnreachable, "connection refused");
  const Result<Json> none = Fail(ErrorKind::kNotFound, "no such pod");
  const Result<Json> forbidden = Fail(ErrorKind::kForbidden, "not yours");

  EXPECT_FALSE(ReadOrigin("mpl:2", unreachable));
  EXPECT_EQ(ReadOrigin("mpl:2", none)->image, "mpl:2");
  EXPECT_EQ(ReadOrigin("mpl:2", forbidden)->image, "mpl:2");
  EXPECT_THAT(ReadOrigin("", forbidden).error().message, HasSubstr("own pod"));
}

TEST(OwnImage, HasToBeThere) {
  EXPECT_FALSE(OwnImage(Json()));
  EXPECT_FALSE(OwnImage(OwnPod("[]")));
  EXPECT_THAT(OwnImage(OwnPod(R"([{"name": "operator"}])")).error().message, HasSubstr("--image"));
}

}  // namespace
}  // namespace mpl::plan
