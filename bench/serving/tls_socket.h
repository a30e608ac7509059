// The server's half of one TLS connection on a non-blocking socket, and what all of them share.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mpl::bench {

struct FreeTls {
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeTls>;

// TLS 1.3 with the suite that Go prefers, one ticket, no ALPN: HTTP/1.1 it is. Throws
// std::runtime_error.
TlsContext MakeTlsContext();

class TlsSocket {
 public:
  // Takes the descriptor over; certificates may still be set on tls().
  TlsSocket(int descriptor, SSL_CTX* context);
  ~TlsSocket();
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  // What came of a step: done, or what the socket has to be ready for before it is tried again.
  enum class Outcome { kDone, kWantRead, kWantWrite, kClosed };
  Outcome Handshake();
  // Appends what is there, at most 4 KiB.
  Outcome Read(std::string& in);
  // Sends from `sent` on and moves it; kDone when nothing is left.
  Outcome Write(std::string_view out, std::size_t& sent);

  bool established() const { return established_; }
  int descriptor() const { return descriptor_; }
  SSL* tls() const { return tls_.get(); }

 private:
  Outcome OutcomeOf(int result) const;

  int descriptor_;
  std::unique_ptr<SSL, FreeTls> tls_;
  bool established_ = false;
};

}  // namespace mpl::bench
