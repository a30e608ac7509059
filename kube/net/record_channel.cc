#include "kube/net/record_channel.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cstring>
#include <memory>
#include <utility>

namespace mpl::net {

namespace asio = boost::asio;

namespace {

using tls::Records;

// Sealed at once, so that what waits for a slow peer is bounded.
constexpr std::size_t kMostSealedBytes = 64U << 10U;

// Connections of a thread receive into the same memory, which stays in the processor's cache; what
// is no whole record yet they take with them.
struct Scratch {
  static constexpr std::size_t kBytes = (64U << 10U) + Records::kMostRecordBytes;
  std::unique_ptr<char[]> received = std::make_unique_for_overwrite<char[]>(kBytes);
  std::unique_ptr<char[]> plain = std::make_unique_for_overwrite<char[]>(Records::kMostRecordBytes);
};
Scratch& ThreadScratch() {
  static thread_local Scratch scratch;
  return scratch;
}

// Both as OpenSSL words them.
std::string Words(const tls::Fault& fault) {
  const std::string alert = SSL_alert_desc_string_long(fault.alert);
  return (fault.from_peer ? "peer sent alert: " : "record refused: ") + alert;
}

}  // namespace

void RecordChannel::Break(const tls::Fault& fault) {
  if (!fault.from_peer) {
    std::string alert;
    if (records_.SealAlert(alert, static_cast<tls::Alert>(fault.alert)) && outgoing_.empty()) {
      Send(descriptor_, alert);
    }
  }
  broken_ = true;
  reason_ = Words(fault);
  end_ = make_error_code(boost::system::errc::protocol_error);
}

void RecordChannel::TakePlain(Target& target) {
  const std::size_t taken = std::min(target.room, plain_.size());
  std::memcpy(target.at, plain_.data(), taken);
  target.filled = taken;
  taken == plain_.size() ? void(std::string().swap(plain_)) : void(plain_.erase(0, taken));
}

std::size_t RecordChannel::TakeRecords(std::string_view bytes, Target& target) {
  const std::size_t all = bytes.size();
  while (!end_) {
    const bool fits = Records::PlainRoom(bytes) <= target.room - target.filled;
    char* const plain = fits ? target.at + target.filled : ThreadScratch().plain.get();
    const Records::Taken taken = records_.Take(bytes, plain);
    if (taken.what == Records::Came::kPart) break;
    bytes.remove_prefix(taken.used);
    if (taken.what == Records::Came::kFault) {
      Break(records_.fault());
    } else if (taken.what == Records::Came::kClosed) {
      end_ = asio::error::eof;
    } else if (fits) {
      target.filled += taken.data;
    } else {
      const std::size_t copied = std::min(taken.data, target.room - target.filled);
      std::memcpy(target.at + target.filled, plain, copied);
      target.filled += copied;
      plain_.append(plain + copied, taken.data - copied);
    }
  }
  return all - bytes.size();
}

Attempt RecordChannel::Read(char* data, std::size_t size) {
  Target target{.at = data, .room = size};
  if (!plain_.empty()) {
    TakePlain(target);
    return {.bytes = target.filled};
  }
  // Not more than the reader takes, so that little has to be kept for it.
  const std::size_t most =
      std::clamp(size, Records::kMostRecordBytes, Scratch::kBytes - Records::kMostRecordBytes);
  while (!end_) {
    char* const received = ThreadScratch().received.get();
    const Attempt came = Receive(descriptor_, received + part_.size(), most);
    if (came.wait) return came;
    if (came.error) {
      broken_ = true;
      // The end of the stream without close_notify: cut off by somebody, perhaps not by the peer.
      end_ = came.error == asio::error::eof ? ErrorCode(asio::error::connection_reset) : came.error;
      break;
    }
    std::memcpy(received, part_.data(), part_.size());
    const std::string_view bytes(received, part_.size() + came.bytes);
    const std::size_t used = TakeRecords(bytes, target);
    part_ = end_ ? std::string() : std::string(bytes.substr(used));
    if (target.filled > 0) return {.bytes = target.filled};
  }
  return {.error = end_};
}

Attempt RecordChannel::Write(std::string_view bytes, More more) {
  if (broken_) return {.error = end_ ? end_ : ErrorCode(asio::error::connection_reset)};
  if (sealed_ == 0) {
    sealed_ = std::min(bytes.size(), kMostSealedBytes);
    if (!records_.Seal(outgoing_, bytes.substr(0, sealed_))) {
      Break({.alert = static_cast<std::uint8_t>(tls::Alert::kInternalError)});
      return {.error = end_};
    }
  }
  // Each send on a connection wakes the reader up.
  if (more == More::kYes && outgoing_.size() < kMostSealedBytes) {
    return {.bytes = std::exchange(sealed_, 0)};
  }
  std::size_t sent = 0;
  while (sent < outgoing_.size()) {
    const Attempt attempt = Send(descriptor_, std::string_view(outgoing_).substr(sent));
    if (attempt.error) broken_ = true;
    if (attempt.error || attempt.wait) {
      outgoing_.erase(0, sent);
      return attempt;
    }
    sent += attempt.bytes;
  }
  std::string().swap(outgoing_);
  return {.bytes = std::exchange(sealed_, 0)};
}

bool RecordChannel::IsQuiet() {
  char byte = 0;
  return Read(&byte, 1).wait.has_value();
}

void RecordChannel::SayGoodbye() {
  std::string alert;
  if (broken_ || !outgoing_.empty() || !records_.SealAlert(alert, tls::Alert::kCloseNotify)) return;
  Send(descriptor_, alert);
}

}  // namespace mpl::net
