// One client's TLS connection to one node: bytes in, answers out, never blocking.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

#include "bench/kubelets/certificates.h"
#include "bench/kubelets/kubelet.h"

namespace mpl::bench {

class Connection {
 public:
  // Takes the descriptor over. Fault kinds are looked up in `fleet` whenever they matter.
  Connection(int descriptor, int node, const Certificates& certificates, const Fleet& fleet,
             KubeletFace& face, Counters& counters);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  enum class Wish { kRead, kWrite, kDelay, kClose };
  // After the socket became ready, or the delay is over: goes on as far as it can and says what it
  // waits for.
  Wish Advance(std::int64_t now_ms);

  int descriptor() const { return descriptor_; }
  int node() const { return node_; }
  std::int64_t resume_ms() const { return resume_ms_; }  // with kDelay
  bool wants_write = false;                              // how the socket is registered now

 private:
  Wish Handshake();
  // True: something came. False: `wish_` says why not.
  bool Read();
  bool AnswerNext(std::int64_t now_ms);
  bool Flush();

  int descriptor_;
  int node_;
  const Fleet& fleet_;
  KubeletFace& face_;
  Counters& counters_;
  struct Free {
    void operator()(SSL* p) const { SSL_free(p); }
  };
  std::unique_ptr<SSL, Free> tls_;
  bool established_ = false;
  bool close_after_ = false;
  std::string in_, out_;
  std::size_t sent_ = 0;
  std::int64_t resume_ms_ = 0;
  Wish wish_ = Wish::kRead;
};

}  // namespace mpl::bench
