#include "bench/kubelets/message.h"

#include <gmock/gmock.h>

namespace mpl::bench {
namespace {

TEST(Message, AHeadIsReadWhenItIsWhole) {
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
  EXPECT_TRUE(query->authorized);
  EXPECT_EQ(query->size, head.size());
}

TEST(Message, AShortBodyHasItsLength) {
  std::string out;
  const std::string body = "hello\n";
  WriteAnswer({.date = "now", .body = body}, out);
  EXPECT_THAT(out, testing::HasSubstr("Content-Length: 6\r\n"));
  EXPECT_THAT(out, testing::EndsWith("\r\n\r\nhello\n"));
}

// RFC 9112 §7.1: sizes in hexadecimal, a last chunk of size 0. 5,000 = 0x1000 + 0x388.
TEST(Message, ALongBodyComesInChunks) {
  std::string out;
  const std::string body(5000, 'x');
  WriteAnswer({.date = "now", .body = body}, out);
  EXPECT_THAT(out, testing::HasSubstr("Transfer-Encoding: chunked\r\n\r\n1000\r\nxxx"));
  EXPECT_THAT(out, testing::EndsWith("\r\n388\r\n" + std::string(0x388, 'x') + "\r\n0\r\n\r\n"));
}

TEST(Message, ParametersAreFoundByTheirWholeName) {
  EXPECT_EQ(Parameter("xfrom=1&from=20&count=3", "from"), "20");
  EXPECT_EQ(NumberParameter("from=20", "count", 7), 7);
}

}  // namespace
}  // namespace mpl::bench
