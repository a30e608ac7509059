#include "kube/net/message_writer.h"

#include <gmock/gmock.h>

namespace mpl::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Chunk, WritesTheSizeInHex) {
  std::string text = "before";
  AppendChunkHead(text, 3);
  EXPECT_EQ(text, "before3\r\n");
  text.clear();
  AppendChunkHead(text, 31);
  EXPECT_EQ(text, "1f\r\n");
}

TEST(ResponseHead, LeavesOutTheHandlersConnectionFields) {
  http::Response response;
  response.headers = {{"Content-Length", "99"},
                      {"transfer-encoding", "gzip"},
                      {"Date", "yesterday"},
                      {"X-Kept", "1"}};
  response.body = "four";
  const auto head = ResponseHead(response, {}, TimePoint{});
  ASSERT_TRUE(head);
  EXPECT_EQ(*head,
            "HTTP/1.1 200 OK\r\nX-Kept: 1\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
            "Content-Length: 4\r\n\r\n");
}

TEST(RequestHead, KeepsTheCallersHost) {
  http::Request request;
  request.headers.Add("Host", "kubernetes");
  const auto head = RequestHead(request, "10.0.0.1", false);
  ASSERT_TRUE(head);
  EXPECT_EQ(*head, "GET / HTTP/1.1\r\nHost: kubernetes\r\n\r\n");
}

TEST(RequestHead, TellsTheLengthOfEmptyBodiesWhereOneIsExpected) {
  http::Request request;
  request.method = "POST";
  EXPECT_THAT(*RequestHead(request, "x", false), HasSubstr("Content-Length: 0\r\n"));
  request.method = "DELETE";
  EXPECT_THAT(*RequestHead(request, "x", false), Not(HasSubstr("Content-Length")));
}

}  // namespace
}  // namespace mpl::net
