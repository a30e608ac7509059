// On which addresses a server can be reached, and how it names who comes.
#include <gmock/gmock.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <iostream>

#include "test/unit/kube/net/server_fixture.h"

namespace mpl::net {
namespace {

using ::testing::HasSubstr;

bool HasIpv6Loopback() {
  IoRuntime runtime;
  boost::asio::ip::tcp::acceptor acceptor(runtime.executor());
  boost::system::error_code error;
  acceptor.open(boost::asio::ip::tcp::v6(), error);
  if (!error) acceptor.bind({boost::asio::ip::address_v6::loopback(), 0}, error);
  return !error;
}

// From now on this process finds a kernel without IPv6: socket(AF_INET6, …) gives EAFNOSUPPORT.
bool ForgoIpv6() {
  constexpr auto kFamily = offsetof(seccomp_data, args);  // its lower half
  std::array<sock_filter, 6> rules = {{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFamily),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EAFNOSUPPORT),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog program{rules.size(), rules.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

class HttpServerListenTest : public HttpServerTest {
 protected:
  Result<void> ListenOn(const std::string& address) {
    HttpServerOptions options;
    options.address = address;
    server = std::make_unique<HttpServer>(runtime.executor(), options, TellRemote);
    return server->Start();
  }
  // What the server calls a client that comes by way of `address`; the client's own port is P.
  std::string RemoteBy(const char* address) {
    RawClient client(runtime.executor(), server->port(), address);
    const std::string answer = RunTask(
        Talk::Whole(&client, {std::string("GET / HTTP/1.1\r\n") + kCloseAfter + "\r\n"}, 0ns));
    std::string remote = answer.substr(answer.rfind('\n') + 1);
    const std::string port = std::to_string(client.local_port());
    const std::size_t at = remote.rfind(port);
    return at == std::string::npos ? remote : remote.replace(at, port.size(), "P");
  }
  static Task<http::Response> TellRemote(http::Request request) {
    http::Response response;
    response.body = request.remote_address;
    co_return response;
  }
};

// RFC 3493, sections 3.7 and 5.3: a socket for both families sees ::ffff:127.0.0.1.
TEST_F(HttpServerListenTest, AnUnspecifiedAddressMeansBothFamilies) {
  for (const char* address : {"0.0.0.0", "::"}) {
    ASSERT_TRUE(ListenOn(address)) << address;
    EXPECT_EQ(RemoteBy("127.0.0.1"), "127.0.0.1:P") << address;
    if (HasIpv6Loopback()) {
      EXPECT_EQ(RemoteBy("::1"), "[::1]:P") << address;
    }
    RunTask(server->Stop(0s));
  }
}

TEST_F(HttpServerListenTest, AnyOtherAddressMeansItself) {
  if (!HasIpv6Loopback()) GTEST_SKIP() << "no IPv6 loopback";
  ASSERT_TRUE(ListenOn("::1"));
  EXPECT_EQ(RemoteBy("::1"), "[::1]:P");
  EXPECT_THROW(RemoteBy("127.0.0.1"), boost::system::system_error);
  ASSERT_TRUE(ListenOn("127.0.0.1"));
  EXPECT_THROW(RemoteBy("::1"), boost::system::system_error);
}

TEST_F(HttpServerListenTest, AnUnspecifiedAddressThatIsTakenIsNotHalfTaken) {
  ASSERT_TRUE(ListenOn("0.0.0.0"));
  HttpServerOptions options;
  options.port = server->port();
  HttpServer second(runtime.executor(), options, TellRemote);
  const auto started = second.Start();
  ASSERT_FALSE(started);
  EXPECT_THAT(
      started.error().message,
      HasSubstr("listen on 0.0.0.0:" + std::to_string(options.port) + ": address already in use"));
}

TEST_F(HttpServerListenTest, WithoutIpv6AnUnspecifiedAddressMeansIpv4) {
  const auto alone = [this] {
    if (!ForgoIpv6()) std::_Exit(2);
    for (const char* address : {"0.0.0.0", "::"}) {
      if (!ListenOn(address)) std::_Exit(3);
      std::cerr << RemoteBy("127.0.0.1") << " ";
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(alone(), testing::ExitedWithCode(0), "127.0.0.1:P 127.0.0.1:P");
}

}  // namespace
}  // namespace mpl::net
