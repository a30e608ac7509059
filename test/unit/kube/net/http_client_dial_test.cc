#include <gmock/gmock.h>

#include "test/unit/kube/net/client_fixture.h"

namespace mpl::net {
namespace {

using ::testing::HasSubstr;

// A peer to which no connection comes about and that does not refuse one, as behind a firewall that
// drops: of a queue that is full, Linux answers no further SYN.
class DialTest : public HttpClientTest {
 protected:
  DialTest() {
    acceptor.listen(0);
    first_ = std::make_unique<RawClient>(runtime.executor(), acceptor.local_endpoint().port());
  }
  HttpClient Silent(Duration connect_timeout) {
    HttpClientOptions options;
    options.host = "127.0.0.1";
    options.port = acceptor.local_endpoint().port();
    options.connect_timeout = connect_timeout;
    return HttpClient(runtime.executor(), options);
  }

 private:
  std::unique_ptr<RawClient> first_;  // for which there is room
};

TEST_F(DialTest, EndsAtItsDeadlineAndSaysThatItWasDialling) {
  HttpClient client = Silent(20ms);
  const auto response = Get(client);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(response.error().message, HasSubstr("connect to 127.0.0.1:"));
}

TEST_F(DialTest, EndsWithItsTask) {
  HttpClient client = Silent(1h);
  const auto outcome = StopWhileCalling(client);
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace mpl::net
