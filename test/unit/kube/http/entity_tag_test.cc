// Rules: RFC 9110 §8.8.3 and §13.1.2.
#include "kube/http/entity_tag.h"

#include <gtest/gtest.h>

namespace mpl::http {
namespace {

int StatusFor(const Headers& request) {
  Response response;
  response.headers.Set("Content-Type", "application/json");
  response.body = "{}";
  Revalidate(request, "\"A1\"", response);
  EXPECT_EQ(response.headers.Get("ETag"), "\"A1\"");
  EXPECT_EQ(response.body.empty(), response.status == 304);
  EXPECT_EQ(response.headers.Has("Content-Type"), response.status == 200);
  return response.status;
}

TEST(EntityTag, IsQuotedAndTellsBytesApart) {
  // SHA-256 of "abc": FIPS 180-4, example B.1.
  EXPECT_EQ(EntityTag("abc"),
            "\"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\"");
  EXPECT_NE(EntityTag("abc"), EntityTag("abd"));
}

TEST(Revalidate, SendsNothingToWhomeverHasIt) {
  EXPECT_EQ(StatusFor({}), 200);
  EXPECT_EQ(StatusFor({{"If-None-Match", "\"B2\""}}), 200);
  EXPECT_EQ(StatusFor({{"If-None-Match", "A1"}}), 200) << "a tag has quotes";
  EXPECT_EQ(StatusFor({{"If-None-Match", "\"A1\""}}), 304);
  EXPECT_EQ(StatusFor({{"If-None-Match", "\"B2\", W/\"A1\""}}), 304);
  EXPECT_EQ(StatusFor({{"If-None-Match", "\"B2\""}, {"if-none-match", "\"A1\""}}), 304);
  EXPECT_EQ(StatusFor({{"If-None-Match", "*"}}), 304);
}

}  // namespace
}  // namespace mpl::http
