// A runtime, a server on loopback and clients for it, in one thread: tests run a coroutine to its
// end and look at what it returned.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kube/net/http_client.h"
#include "kube/net/http_server.h"
#include "kube/net/runtime.h"
#include "kube/net/tls.h"
#include "test/support/certs/certs.h"

namespace mpl::net {

using namespace std::chrono_literals;

class NetTest : public ::testing::Test {
 protected:
  // Runs the event loop until `task` has ended.
  template <class T>
  T RunTask(Task<T> task) {
    std::optional<T> result;
    std::exception_ptr failure;
    boost::asio::co_spawn(runtime.executor(), std::move(task),
                          [&](const std::exception_ptr& error, T value) {
                            failure = error;
                            result = std::move(value);
                            runtime.Stop();
                          });
    Drive();
    if (failure) std::rethrow_exception(failure);
    return std::move(*result);
  }
  void RunTask(Task<void> task) {
    std::exception_ptr failure;
    boost::asio::co_spawn(runtime.executor(), std::move(task),
                          [&](const std::exception_ptr& error) {
                            failure = error;
                            runtime.Stop();
                          });
    Drive();
    if (failure) std::rethrow_exception(failure);
  }

  static TlsClientOptions TrustPem(const std::string& ca_pem) {
    TlsClientOptions options;
    options.ca_pem = ca_pem;
    return options;
  }
  static std::shared_ptr<const TlsClientContext> ClientTls(TlsClientOptions options) {
    return TlsClientContext::Create(std::move(options)).value();
  }
  static std::shared_ptr<const TlsServerContext> ServerTls(const x509::KeyPair& pair) {
    return TlsServerContext::Create({pair.certificate_pem, pair.private_key_pem}).value();
  }

  // Starts a server; `pair` empty: plain HTTP.
  HttpServer& Serve(HttpHandler handler, const x509::KeyPair& pair = {},
                    HttpServerOptions options = {}) {
    options.address = "127.0.0.1";
    if (!pair.certificate_pem.empty()) {
      options.tls = [context = ServerTls(pair)] { return context; };
    }
    server = std::make_unique<HttpServer>(runtime.executor(), options, std::move(handler));
    const auto started = server->Start();
    EXPECT_TRUE(started) << started.error().message;
    return *server;
  }

  HttpClientOptions ClientOptions(std::shared_ptr<const TlsClientContext> tls = nullptr) const {
    HttpClientOptions options;
    options.host = "127.0.0.1";
    options.port = server->port();
    options.tls = std::move(tls);
    return options;
  }
  HttpClient Client(std::shared_ptr<const TlsClientContext> tls = nullptr) {
    return HttpClient(runtime.executor(), ClientOptions(std::move(tls)));
  }

  Result<http::Response> Get(HttpClient& client, const std::string& target = "/",
                             CallLimits limits = {}) {
    http::Request request;
    request.target = target;
    return RunTask(client.Send(request, limits));
  }

  static Task<http::Response> Hello(http::Request request) {
    http::Response response;
    response.body = "hello " + request.target;
    co_return response;
  }

  IoRuntime runtime;
  std::unique_ptr<HttpServer> server;

 private:
  void Drive() {
    runtime.Restart();
    runtime.Run();
  }
};

}  // namespace mpl::net
