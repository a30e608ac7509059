#include "bench/apiserver/reviews.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mpl::bench {
namespace {

using Json = nlohmann::json;

const Users kUsers{.token = "t0ken", .reader = "reader"};

Json Status(const Result<std::string>& review) {
  return review ? Json::parse(*review)["status"] : Json();
}

// The body as client-go 0.36 sends it.
TEST(Reviews, TheTokenIsAMastersAndOthersAreNobody) {
  const auto status = [](const std::string& token) {
    return Status(AnswerTokenReview(
        kUsers, R"({"kind":"TokenReview","apiVersion":"authentication.k8s.io/v1","metadata":{},)"
                R"("spec":{"token":")" +
                    token + R"("},"status":{"user":{}}})"));
  };
  EXPECT_EQ(status("t0ken")["authenticated"], true);
  EXPECT_EQ(status("t0ken")["user"]["groups"][0], "system:masters");
  EXPECT_FALSE(status("other").contains("authenticated"));
}

TEST(Reviews, TheReaderAndMastersMayAndStrangersMayNot) {
  const auto allowed = [](const char* user, const char* group) {
    const Json review = {{"kind", "SubjectAccessReview"},
                         {"spec", {{"user", user}, {"groups", {group}}}}};
    return Status(AnswerAccessReview(kUsers, review.dump()))["allowed"].get<bool>();
  };
  EXPECT_TRUE(allowed("reader", "system:authenticated"));
  EXPECT_TRUE(allowed("x", "system:masters"));
  EXPECT_FALSE(allowed("system:anonymous", "system:unauthenticated"));
}

TEST(Reviews, OtherBodiesAreRefused) {
  for (const char* bad : {"", "[]", "{}", R"({"kind":7,"spec":{}})", R"({"kind":"TokenReview"})",
                          R"({"kind":"SubjectAccessReview","spec":{}})"}) {
    EXPECT_FALSE(AnswerTokenReview(kUsers, bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace mpl::bench
