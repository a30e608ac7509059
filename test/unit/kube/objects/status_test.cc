#include "kube/objects/status.h"

#include <gmock/gmock.h>

namespace mpl::objects {
namespace {

using testing::HasSubstr;

// As kube-apiserver 1.36 answers GET of a missing object.
constexpr const char* kMissing =
    R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
    R"("message":"configmaps \"x\" not found","reason":"NotFound",)"
    R"("details":{"name":"x","kind":"configmaps"},"code":404})";

TEST(Status, BecomesAnErrorOfItsReason) {
  const Error error = ErrorFromBody(404, kMissing);

  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_EQ(error.message, "configmaps \"x\" not found");
  EXPECT_FALSE(error.retry_after);
}

TEST(Status, TellsTheTwoConflictsApart) {
  EXPECT_EQ(ErrorFromBody(409, R"({"kind":"Status","reason":"AlreadyExists","code":409})").kind,
            ErrorKind::kAlreadyExists);
  EXPECT_EQ(ErrorFromBody(409, R"({"kind":"Status","reason":"Conflict","code":409})").kind,
            ErrorKind::kConflict);
}

TEST(Status, TakesBothReasonsOf410AsGone) {
  EXPECT_EQ(ErrorFromBody(410, R"({"kind":"Status","reason":"Expired","code":410})").kind,
            ErrorKind::kGone);
  EXPECT_EQ(ErrorFromBody(410, R"({"kind":"Status","reason":"Gone","code":410})").kind,
            ErrorKind::kGone);
}

TEST(Status, CarriesCausesAndPatience) {
  // The answer of a watch cache that lags behind.
  const auto status = ParseStatus(Json::parse(
      R"({"kind":"Status","status":"Failure","message":"Timeout: Too large resource version: 9",)"
      R"("reason":"Timeout","code":504,"details":{"retryAfterSeconds":1,)"
      R"("causes":[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]}})"));

  ASSERT_TRUE(status);
  ASSERT_EQ(status->details.causes.size(), 1U);
  EXPECT_EQ(status->details.causes.front().reason, "ResourceVersionTooLarge");
  EXPECT_EQ(status->ToError().kind, ErrorKind::kTimeout);
  EXPECT_EQ(status->ToError().retry_after, std::chrono::seconds(1));
}

TEST(Status, FallsBackToTheCodeWhenTheBodyIsNoStatus) {
  const Error page = ErrorFromBody(503, "<html>" + std::string(5000, 'x'));
  EXPECT_EQ(page.kind, ErrorKind::kUnavailable);
  EXPECT_THAT(page.message, HasSubstr("503: <html>"));
  EXPECT_LT(page.message.size(), 300U);

  EXPECT_EQ(ErrorFromBody(401, "").kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(ErrorFromBody(404, R"({"kind":"Pod"})").kind, ErrorKind::kNotFound);
  EXPECT_EQ(ErrorFromBody(429, R"({"kind":"Status"})").kind, ErrorKind::kTooManyRequests);
}

TEST(Status, SurvivesFieldsOfWrongType) {
  const auto status = ParseStatus(
      Json::parse(R"({"kind":"Status","message":5,"code":"x","details":{"causes":[7,{}]}})"));
  ASSERT_TRUE(status);
  EXPECT_EQ(status->details.causes.size(), 1U);
  EXPECT_FALSE(ParseStatus(Json::parse(R"({"kind":"Pod"})")));
  EXPECT_FALSE(ParseStatus(Json::parse("[1]")));
}

TEST(Status, IsWrittenAsApiServersWriteIt) {
  const Json json = WriteStatus(Error{ErrorKind::kNotFound, "configmaps \"x\" not found"},
                                {.name = "x", .kind = "configmaps"});
  EXPECT_EQ(json, Json::parse(kMissing));
}

TEST(Status, WritesRetryAfterIntoDetails) {
  const Json json = WriteStatus(Error{ErrorKind::kUnavailable, "not yet", std::chrono::seconds(3)});
  EXPECT_EQ(json["details"]["retryAfterSeconds"], 3);
  EXPECT_EQ(json["code"], 503);
  EXPECT_EQ(json["reason"], "ServiceUnavailable");
}

}  // namespace
}  // namespace mpl::objects
