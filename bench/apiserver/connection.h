// One client's TLS connection: requests in, answers out, never blocking. Holds at most one piece of
// an answer; a client that reads slowly slows down its own list alone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/apiserver/api.h"
#include "bench/serving/tls_socket.h"

namespace mpl::bench {

class ApiConnection {
 public:
  // Takes the descriptor over.
  ApiConnection(int descriptor, SSL_CTX* context, Api& api, ApiCounters& counters);
  ~ApiConnection();
  ApiConnection(const ApiConnection&) = delete;
  ApiConnection& operator=(const ApiConnection&) = delete;

  enum class Wish { kRead, kWrite, kClose };
  // After the socket became ready, the registry changed or a second passed: goes on as far as it
  // can and says what it waits for. kWrite also when it gives way to others.
  Wish Advance(std::int64_t now_ms);

  int descriptor() const { return socket_.descriptor(); }
  bool streams() const { return stream_ != nullptr; }
  bool wants_write = false;  // how the socket is registered now

 private:
  bool Done(TlsSocket::Outcome outcome);
  // True: something is to be sent.
  bool NextPiece(std::int64_t now_ms);
  bool AnswerNext(std::int64_t now_ms);
  bool Read();
  bool Flush();

  TlsSocket socket_;
  Api& api_;
  ApiCounters& counters_;
  std::unique_ptr<Body> stream_;
  std::string in_, out_, piece_;
  std::size_t sent_ = 0;
  Wish wish_ = Wish::kRead;
};

}  // namespace mpl::bench
