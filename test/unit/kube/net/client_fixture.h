// An HttpClient and peers that say exactly what a test wants to hear.
#pragma once

#include <libdeflate.h>

#include "test/unit/kube/net/net_fixture.h"
#include "test/unit/kube/net/raw_socket.h"

namespace mpl::net {

class HttpClientTest : public NetTest {
 protected:
  // Plain HTTP against a scripted peer.
  HttpClient ClientFor(std::uint16_t port) {
    HttpClientOptions options;
    options.host = "127.0.0.1";
    options.port = port;
    return HttpClient(runtime.executor(), options);
  }
  // Does not look whether a kept connection is still good.
  HttpClient UncheckedClientFor(std::uint16_t port,
                                std::shared_ptr<const TlsClientContext> tls = nullptr) {
    HttpClientOptions options;
    options.host = "127.0.0.1";
    options.port = port;
    options.tls = std::move(tls);
    options.unchecked_idle = 1h;
    return HttpClient(runtime.executor(), options);
  }
  // A peer that runs until the test is over.
  ScriptedServer& Script(std::vector<std::string> answers) {
    peers.push_back(std::make_unique<ScriptedServer>(runtime.executor(), std::move(answers)));
    tasks.Spawn("peer", peers.back()->Run());
    return *peers.back();
  }
  // What a call ends with when its task group is stopped while it waits: at once.
  std::optional<Result<http::Response>> StopWhileCalling(HttpClient& client) {
    struct Call {
      static Task<void> Run(HttpClient* client, std::optional<Result<http::Response>>* outcome) {
        http::Request request;
        *outcome = co_await client->Send(request);
      }
    };
    std::optional<Result<http::Response>> outcome;
    TaskGroup group(runtime.executor());
    group.Spawn("call", Call::Run(&client, &outcome));
    RunTask(SleepFor(5ms));
    EXPECT_FALSE(outcome.has_value());
    const MonoTime start = SteadyNow();
    EXPECT_TRUE(RunTask(group.Stop(5s)));
    EXPECT_LT(SteadyNow() - start, 1s);
    return outcome;
  }
  void TearDown() override { RunTask(tasks.Stop(1s)); }
  // For peers written out in the test; outlives their tasks.
  boost::asio::ip::tcp::acceptor acceptor{runtime.executor(),
                                          {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::vector<std::unique_ptr<ScriptedServer>> peers;
  TaskGroup tasks{runtime.executor()};
};

inline std::string Gzip(const std::string& text) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(6);
  std::string gzip(libdeflate_gzip_compress_bound(compressor, text.size()), '\0');
  gzip.resize(
      libdeflate_gzip_compress(compressor, text.data(), text.size(), gzip.data(), gzip.size()));
  libdeflate_free_compressor(compressor);
  return gzip;
}

inline std::string Ok(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

}  // namespace mpl::net
