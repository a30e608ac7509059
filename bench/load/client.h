// One kept-alive HTTPS connection that asks and throws the answer away, as cheaply as can be.
// Blocking; one thread at a time.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mpl::bench {

using Clock = std::chrono::steady_clock;

struct Endpoint {
  std::string address = "127.0.0.1";
  int port = 0;
  std::string certificate_file, key_file;  // shown to the server
};

struct Reply {
  int status = 0;         // 0: the connection broke
  std::size_t bytes = 0;  // of the body, as it came
  Clock::time_point first_byte{};
};

class Client {
 public:
  // Throws std::runtime_error when certificate or key cannot be read.
  explicit Client(const Endpoint& endpoint);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Connects if needed. `head` is the whole request.
  Reply Ask(std::string_view head);

 private:
  bool Connect();
  void Close();
  bool Send(std::string_view bytes);
  // More bytes into `buffer_` behind those that are there; false at the end.
  bool Fill();
  bool ReadHead(Reply& reply);
  bool SkipChunks(Reply& reply);
  bool SkipBytes(std::size_t count);
  bool ReadLine(std::string& line);

  Endpoint endpoint_;
  SSL_CTX* context_;
  SSL* tls_ = nullptr;
  int descriptor_ = -1;
  std::string buffer_;
  std::size_t at_ = 0;  // read so far
  std::size_t length_ = 0;
  bool chunked_ = false;
};

}  // namespace mpl::bench
