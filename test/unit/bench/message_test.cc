#include "bench/kubelets/message.h"

#include <gmock/gmock.h>

namespace mpl::bench {
namespace {

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

}  // namespace
}  // namespace mpl::bench
