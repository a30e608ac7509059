// A TCP socket in the test's hands, for bytes that no decent client would send and for servers that
// behave badly. Blocking calls stay short; everything is on loopback.
#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <string>

#include "kube/net/runtime.h"

namespace mpl::net {

class RawClient {
 public:
  RawClient(const Executor& executor, std::uint16_t port, const char* address = "127.0.0.1")
      : socket_(executor) {
    socket_.connect({boost::asio::ip::make_address(address), port});
    socket_.set_option(boost::asio::ip::tcp::no_delay(true));
  }

  // False when the server has closed.
  Task<bool> Send(std::string bytes) {
    const auto [error, size] = co_await boost::asio::async_write(
        socket_, boost::asio::buffer(bytes), boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return !error;
  }
  // Before anything else happens on the runtime; for what fits into the socket's buffer.
  void SendNow(const std::string& bytes) {
    boost::asio::write(socket_, boost::asio::buffer(bytes));
  }
  // Everything until the server closes.
  Task<std::string> ReadAll() {
    std::string text;
    std::array<char, 4096> part{};
    for (;;) {
      const auto [error, size] = co_await socket_.async_read_some(
          boost::asio::buffer(part), boost::asio::as_tuple(boost::asio::use_awaitable));
      if (error) co_return text;
      text.append(part.data(), size);
    }
  }
  // Until `text` holds `end`, or the server closes.
  Task<std::string> ReadUntil(std::string end) {
    std::string text;
    char c = 0;
    while (text.find(end) == std::string::npos) {
      const auto [error, size] = co_await socket_.async_read_some(
          boost::asio::buffer(&c, 1), boost::asio::as_tuple(boost::asio::use_awaitable));
      if (error) co_return text;
      text.append(&c, size);
    }
    co_return text;
  }
  std::uint16_t local_port() const { return socket_.local_endpoint().port(); }
  void HalfClose() { socket_.shutdown(boost::asio::socket_base::shutdown_send); }
  void Close() { socket_.close(); }

 private:
  boost::asio::ip::tcp::socket socket_;
};

// Accepts one connection after another and says to each what the script says, after it has read a
// header. "" closes without a word.
class ScriptedServer {
 public:
  ScriptedServer(const Executor& executor, std::vector<std::string> script)
      : acceptor_(executor, {boost::asio::ip::make_address("127.0.0.1"), 0}),
        script_(std::move(script)) {}
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  const std::vector<std::string>& requests() const { return requests_; }
  void HoldOpen() { hold_open_ = true; }

  Task<void> Run() {
    for (std::string answer : script_) {
      auto [error, socket] =
          co_await acceptor_.async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
      if (error) co_return;
      std::string request;
      char c = 0;
      while (request.find("\r\n\r\n") == std::string::npos) {
        const auto [read_error, size] = co_await socket.async_read_some(
            boost::asio::buffer(&c, 1), boost::asio::as_tuple(boost::asio::use_awaitable));
        if (read_error == boost::asio::error::operation_aborted) co_return;
        if (read_error) break;
        request.append(&c, size);
      }
      requests_.push_back(request);
      co_await boost::asio::async_write(socket, boost::asio::buffer(answer),
                                        boost::asio::as_tuple(boost::asio::use_awaitable));
      if (hold_open_) held_.push_back(std::move(socket));
    }
  }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::string> script_;
  std::vector<std::string> requests_;
  std::vector<boost::asio::ip::tcp::socket> held_;
  bool hold_open_ = false;
};

}  // namespace mpl::net
