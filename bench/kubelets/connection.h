// One client's TLS connection to one node: bytes in, answers out, never blocking.
#pragma once

#include <cstdint>
#include <string>

#include "bench/kubelets/certificates.h"
#include "bench/kubelets/kubelet.h"
#include "bench/serving/tls_socket.h"

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

  int descriptor() const { return socket_.descriptor(); }
  int node() const { return node_; }
  std::int64_t resume_ms() const { return resume_ms_; }  // with kDelay
  bool wants_write = false;                              // how the socket is registered now

 private:
  bool Handshake();
  bool Read();
  bool AnswerNext(std::int64_t now_ms);
  bool Flush();

  // True when the step is done; else `wish_` says what it waits for.
  bool Done(TlsSocket::Outcome outcome);

  TlsSocket socket_;
  int node_;
  const Fleet& fleet_;
  KubeletFace& face_;
  Counters& counters_;
  bool close_after_ = false;
  std::string in_, out_;
  std::size_t sent_ = 0;
  std::int64_t resume_ms_ = 0;
  Wish wish_ = Wish::kRead;
};

}  // namespace mpl::bench
