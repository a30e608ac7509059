#include "bench/kubelets/connection.h"

#include <sys/socket.h>

#include <array>

namespace mpl::bench {
namespace {

constexpr std::size_t kLongestHead = 64U << 10U;

}  // namespace

Connection::Connection(int descriptor, int node, const Certificates& certificates,
                       const Fleet& fleet, KubeletFace& face, Counters& counters)
    : socket_(descriptor, certificates.context()),
      node_(node),
      fleet_(fleet),
      face_(face),
      counters_(counters) {
  certificates.Present(socket_.tls(), node,
                       fleet.fault(node).kind == FaultKind::kSelfSigned
                           ? Certificates::Signer::kItself
                           : Certificates::Signer::kAuthority);
  ++counters_.open;
}

Connection::~Connection() {
  --counters_.open;
  if (fleet_.fault(node_).kind == FaultKind::kDead) {
    const linger reset{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
}

Connection::Wish Connection::Advance(std::int64_t now_ms) {
  const FaultKind fault = fleet_.fault(node_).kind;
  if (fault == FaultKind::kDead) return Wish::kClose;
  if (fault == FaultKind::kBlackhole) {
    // Drained, so that a level-triggered wait does not spin; never answered.
    std::array<char, 4096> drain{};
    const auto got = recv(descriptor(), drain.data(), drain.size(), MSG_DONTWAIT);
    return got == 0 ? Wish::kClose : Wish::kRead;
  }
  if (!socket_.established() && !Handshake()) return wish_;
  while (Flush()) {
    if (close_after_) return Wish::kClose;
    if (!AnswerNext(now_ms) && (wish_ == Wish::kDelay || !Read())) return wish_;
  }
  return wish_;
}

bool Connection::Done(TlsSocket::Outcome outcome) {
  using Outcome = TlsSocket::Outcome;
  wish_ = outcome == Outcome::kClosed      ? Wish::kClose
          : outcome == Outcome::kWantWrite ? Wish::kWrite
                                           : Wish::kRead;
  return outcome == Outcome::kDone;
}

bool Connection::Handshake() {
  if (!Done(socket_.Handshake())) {
    if (wish_ == Wish::kClose) ++counters_.failed_handshakes;
    return false;
  }
  ++counters_.handshakes;
  if (SSL_session_reused(socket_.tls()) != 0) ++counters_.resumed;
  return true;
}

bool Connection::Read() {
  if (!Done(socket_.Read(in_))) return false;
  if (in_.size() <= kLongestHead) return true;
  wish_ = Wish::kClose;
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
  if (!Done(socket_.Write(out_, sent_))) return false;
  // 5,000 idle connections keep no bodies.
  if (!out_.empty()) std::string().swap(out_);
  sent_ = 0;
  return true;
}

}  // namespace mpl::bench
