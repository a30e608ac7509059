#include "bench/serving/query.h"

#include <gtest/gtest.h>

namespace mpl::bench {
namespace {

TEST(Query, AHeadIsReadWhenItIsWhole) {
  const std::string head =
      "GET /metrics/resource?a=1 HTTP/1.1\r\nHost: x\r\nACCEPT-encoding: gzip\r\n"
      "Authorization: Bearer t\r\n\r\n";
  EXPECT_FALSE(ReadQuery(head.substr(0, head.size() - 1)).has_value());

  const std::string more = head + "GET /next";
  const auto query = ReadQuery(more);

  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->method, "GET");
  EXPECT_EQ(query->path, "/metrics/resource");
  EXPECT_EQ(query->query, "a=1");
  EXPECT_TRUE(query->gzip);
  EXPECT_EQ(query->authorization, "Bearer t");
  EXPECT_EQ(query->size, head.size());
}

TEST(Query, ABodyHasItsLengthAndItsKind) {
  const auto query = ReadQuery(
      "POST /apis/x?timeout=10s HTTP/1.1\r\nAccept: application/json, */*\r\n"
      "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n{");

  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->target, "/apis/x?timeout=10s");
  EXPECT_EQ(query->accept, "application/json, */*");
  EXPECT_EQ(query->content_type, "application/json");
  EXPECT_EQ(query->body_size, 12U);
}

TEST(Query, ParametersAreFoundByTheirWholeName) {
  EXPECT_EQ(Parameter("xfrom=1&from=20&count=3", "from"), "20");
  EXPECT_EQ(NumberParameter("from=20", "count", 7), 7);
}

}  // namespace
}  // namespace mpl::bench
