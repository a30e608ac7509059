#include "bench/kubelets/connection.h"

#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace mpl::bench {
namespace {

constexpr std::size_t kLongestHead = 64U << 10U;

}  // namespace

Connection::Connection(int descriptor, int node, const Certificates& certificates,
                       const Fleet& fleet, KubeletFace& face, Counters& counters)
    : descriptor_(descriptor),
      node_(node),
      fleet_(fleet),
      face_(face),
      counters_(counters),
      tls_(SSL_new(certificates.context())) {
  SSL_set_fd(tls_.get(), descriptor);
  SSL_set_accept_state(tls_.get());
  certificates.Present(tls_.get(), node,
                       fleet.fault(node).kind == FaultKind::kSelfSigned
                           ? Certificates::Signer::kItself
                           : Certificates::Signer::kAuthority);
  ++counters_.open;
}

Connection::~Connection() {
  --counters_.open;
  if (established_) SSL_shutdown(tls_.get());
  if (fleet_.fault(node_).kind == FaultKind::kDead) {
    const linger reset{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  close(descriptor_);
}

Connection::Wish Connection::Advance(std::int64_t now_ms) {
  const FaultKind fault = fleet_.fault(node_).kind;
  if (fault == FaultKind::kDead) return Wish::kClose;
  if (fault == FaultKind::kBlackhole) {
    // Drained, so that a level-triggered wait does not spin; never answered.
    std::array<char, 4096> drain{};
    const auto got = recv(descriptor_, drain.data(), drain.size(), MSG_DONTWAIT);
    return got == 0 ? Wish::kClose : Wish::kRead;
  }
  ERR_clear_error();
  if (!established_) {
    wish_ = Handshake();
    if (!established_) return wish_;
  }
  while (Flush()) {
    if (close_after_) return Wish::kClose;
    if (!AnswerNext(now_ms) && (wish_ == Wish::kDelay || !Read())) return wish_;
  }
  return wish_;
}

Connection::Wish Connection::Handshake() {
  const int done = SSL_do_handshake(tls_.get());
  if (done == 1) {
    established_ = true;
    ++counters_.handshakes;
    if (SSL_session_reused(tls_.get()) != 0) ++counters_.resumed;
    return Wish::kRead;
  }
  const int why = SSL_get_error(tls_.get(), done);
  if (why == SSL_ERROR_WANT_READ) return Wish::kRead;
  if (why == SSL_ERROR_WANT_WRITE) return Wish::kWrite;
  ++counters_.failed_handshakes;
  return Wish::kClose;
}

bool Connection::Read() {
  std::array<char, 4096> bytes{};
  const int got = SSL_read(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (got > 0) {
    in_.append(bytes.data(), static_cast<std::size_t>(got));
    if (in_.size() <= kLongestHead) return true;
    wish_ = Wish::kClose;
    return false;
  }
  wish_ = SSL_get_error(tls_.get(), got) == SSL_ERROR_WANT_READ ? Wish::kRead : Wish::kClose;
  return false;
}

// False: no whole request is there, or its answer is not due yet.
bool Connection::AnswerNext(std::int64_t now_ms) {
  wish_ = Wish::kRead;
  const auto query = ReadQuery(in_);
  if (!query) return false;
  const Fault& fault = fleet_.fault(node_);
  if (fault.kind == FaultKind::kSlow) {
    if (resume_ms_ == 0) resume_ms_ = now_ms + fault.delay.count();
    if (now_ms < resume_ms_) {
      wish_ = Wish::kDelay;
      return false;
    }
  }
  resume_ms_ = 0;
  out_.clear();
  sent_ = 0;
  face_.Answer(node_, *query, now_ms, out_);
  in_.erase(0, query->size);
  if (fault.kind == FaultKind::kTruncating) {
    out_.resize(out_.size() / 2);
    close_after_ = true;
  }
  return true;
}

// True: everything has left.
bool Connection::Flush() {
  while (sent_ < out_.size()) {
    const int put =
        SSL_write(tls_.get(), out_.data() + sent_, static_cast<int>(out_.size() - sent_));
    if (put > 0) {
      sent_ += static_cast<std::size_t>(put);
      continue;
    }
    const int why = SSL_get_error(tls_.get(), put);
    wish_ = why == SSL_ERROR_WANT_WRITE ? Wish::kWrite : Wish::kClose;
    return false;
  }
  // 5,000 idle connections keep no bodies.
  if (!out_.empty()) std::string().swap(out_);
  sent_ = 0;
  return true;
}

}  // namespace mpl::bench
