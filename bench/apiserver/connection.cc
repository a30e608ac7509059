#include "bench/apiserver/connection.h"

#include "bench/serving/chunk.h"

namespace mpl::bench {
namespace {

constexpr std::size_t kLongestRequest = std::size_t{1} << 20U;
constexpr int kPiecesInOneGo = 16;

void AppendHead(const ApiAnswer& answer, std::string& out) {
  out.append("HTTP/1.1 ").append(std::to_string(answer.status));
  out.append(answer.status < 300 ? " OK" : " Error");
  out.append("\r\nCache-Control: no-cache, private\r\nContent-Type: ").append(answer.content_type);
  if (answer.stream != nullptr) {
    out.append("\r\nTransfer-Encoding: chunked\r\n\r\n");
  } else {
    out.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
    out.append("\r\n\r\n").append(answer.body);
  }
}

}  // namespace

ApiConnection::ApiConnection(int descriptor, SSL_CTX* context, Api& api, ApiCounters& counters)
    : socket_(descriptor, context), api_(api), counters_(counters) {
  ++counters_.open;
}

ApiConnection::~ApiConnection() { --counters_.open; }

ApiConnection::Wish ApiConnection::Advance(std::int64_t now_ms) {
  if (!socket_.established() && !Done(socket_.Handshake())) return wish_;
  for (int pieces = 0; Flush();) {
    if (NextPiece(now_ms) || AnswerNext(now_ms)) {
      if (++pieces == kPiecesInOneGo) return Wish::kWrite;
    } else if (!Read()) {
      return wish_;
    }
  }
  return wish_;
}

bool ApiConnection::Done(TlsSocket::Outcome outcome) {
  using Outcome = TlsSocket::Outcome;
  wish_ = outcome == Outcome::kClosed      ? Wish::kClose
          : outcome == Outcome::kWantWrite ? Wish::kWrite
                                           : Wish::kRead;
  return outcome == Outcome::kDone;
}

bool ApiConnection::NextPiece(std::int64_t now_ms) {
  if (stream_ == nullptr) return false;
  piece_.clear();
  const Body::Outcome outcome = stream_->Next(now_ms, piece_);
  AppendChunk(piece_, out_);
  if (outcome == Body::Outcome::kEnd) {
    stream_.reset();
    out_ += kLastChunk;
  }
  counters_.sent_bytes += out_.size();
  return !out_.empty();
}

bool ApiConnection::AnswerNext(std::int64_t now_ms) {
  if (stream_ != nullptr) return false;
  const auto query = ReadQuery(in_);
  if (!query || in_.size() - query->size < query->body_size) return false;
  const std::string_view body = std::string_view(in_).substr(query->size, query->body_size);
  ApiAnswer answer = api_.Answer(*query, body, now_ms);
  AppendHead(answer, out_);
  counters_.sent_bytes += out_.size();
  stream_ = std::move(answer.stream);
  in_.erase(0, query->size + query->body_size);
  return true;
}

bool ApiConnection::Read() {
  if (!Done(socket_.Read(in_))) return false;
  if (in_.size() <= kLongestRequest) return true;
  wish_ = Wish::kClose;
  return false;
}

// True: everything has left.
bool ApiConnection::Flush() {
  if (!Done(socket_.Write(out_, sent_))) return false;
  out_.clear();
  sent_ = 0;
  return true;
}

}  // namespace mpl::bench
