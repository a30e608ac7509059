#include "kube/tls/records.h"

#include <algorithm>
#include <array>

namespace mpl::tls {
namespace {

constexpr std::uint8_t kNewSessionTicket = 4;
constexpr std::uint8_t kKeyUpdate = 24;
constexpr std::size_t kMessageHead = 4;  // its type, and its length in three bytes
constexpr std::string_view kUpdateMessage("\x18\0\0\x01\0", kMessageHead + 1);
constexpr std::uint8_t kUpdateNotRequested = 0;
constexpr std::uint8_t kUpdateRequested = 1;
// Nobody needs as many tickets, new keys and empty records between two pieces of data.
constexpr int kMostWithoutData = 32;

Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::size_t LengthOf(std::string_view header) {
  const Bytes bytes = AsBytes(header);
  return static_cast<std::size_t>(bytes[3]) << 8U | bytes[4];
}

}  // namespace

std::optional<Records> Records::Create(Suite suite, Side side, const Secret& server,
                                       const Secret& client, std::uint64_t records_of_a_key) {
  const auto of_server = Protection::Create(suite, server);
  const auto of_client = Protection::Create(suite, client);
  if (!of_server || !of_client) return std::nullopt;
  return side == Side::kClient ? Records(side, *of_server, *of_client, records_of_a_key)
                               : Records(side, *of_client, *of_server, records_of_a_key);
}

std::size_t Records::PlainRoom(std::string_view bytes) {
  return bytes.size() < kHeaderBytes ? 0 : LengthOf(bytes);
}

Records::Taken Records::Fail(Alert alert) {
  fault_ = {.alert = static_cast<std::uint8_t>(alert), .from_peer = false};
  return {.what = Came::kFault};
}

Records::Taken Records::Take(std::string_view bytes, char* plain) {
  if (bytes.size() < kHeaderBytes) return {};
  // The version in a header means nothing (section 5.1). No record stands there in the clear.
  if (static_cast<std::uint8_t>(bytes[0]) != static_cast<std::uint8_t>(Type::kData)) {
    return Fail(Alert::kUnexpectedMessage);
  }
  const std::size_t length = LengthOf(bytes);
  const std::size_t used = kHeaderBytes + length;
  if (used > kMostRecordBytes) return Fail(Alert::kRecordOverflow);
  if (bytes.size() < used) return {};
  if (!from_peer_.Open(AsBytes(bytes.substr(0, kHeaderBytes)),
                       AsBytes(bytes.substr(kHeaderBytes, length)),
                       reinterpret_cast<std::uint8_t*>(plain))) {
    return Fail(Alert::kBadRecordMac);
  }
  // Behind the content stands its type, and behind that as many zeros as the peer liked.
  std::size_t size = length - kTagBytes;
  while (size > 0 && plain[size - 1] == 0) --size;
  if (size == 0) return Fail(Alert::kUnexpectedMessage);
  const std::string_view content(plain, --size);
  if (size > kMostPlainBytes) return Fail(Alert::kRecordOverflow);
  const auto type = static_cast<Type>(plain[size]);
  const bool within_message = message_bytes_ > 0 || message_rest_ > 0;
  if (within_message && type != Type::kHandshake) return Fail(Alert::kUnexpectedMessage);
  if (type == Type::kData && !content.empty()) {
    without_data_ = 0;
    return {.what = Came::kData, .used = used, .data = size};
  }
  if (++without_data_ > kMostWithoutData) return Fail(Alert::kUnexpectedMessage);
  switch (type) {
    case Type::kData:
      return {.what = Came::kControl, .used = used};
    case Type::kAlert:
      return TakeAlert(content, used);
    case Type::kHandshake:
      if (const auto alert = TakeHandshake(content)) return Fail(*alert);
      return {.what = Came::kControl, .used = used};
  }
  return Fail(Alert::kUnexpectedMessage);
}

Records::Taken Records::TakeAlert(std::string_view plain, std::size_t used) {
  if (plain.size() != 2) return Fail(Alert::kDecodeError);
  // Its level means nothing (section 6).
  const std::uint8_t number = AsBytes(plain)[1];
  if (number == static_cast<std::uint8_t>(Alert::kCloseNotify)) return {Came::kClosed, used};
  if (number == static_cast<std::uint8_t>(Alert::kUserCanceled)) return {Came::kControl, used};
  fault_ = {.alert = number, .from_peer = true};
  return {.what = Came::kFault};
}

std::optional<Alert> Records::TakeHandshake(std::string_view plain) {
  if (plain.empty()) return Alert::kUnexpectedMessage;
  for (Bytes rest = AsBytes(plain); !rest.empty();) {
    if (message_rest_ > 0) {
      const std::size_t passed = std::min<std::size_t>(message_rest_, rest.size());
      message_rest_ -= static_cast<std::uint32_t>(passed);
      rest = rest.subspan(passed);
      continue;
    }
    message_[message_bytes_++] = rest.front();
    rest = rest.subspan(1);
    if (message_bytes_ < kMessageHead) continue;
    const std::uint32_t length = std::uint32_t{message_[1]} << 16U |
                                 std::uint32_t{message_[2]} << 8U | std::uint32_t{message_[3]};
    if (message_[0] == kNewSessionTicket && side_ == Side::kClient) {
      message_rest_ = length;
    } else if (message_[0] != kKeyUpdate) {
      return Alert::kUnexpectedMessage;
    } else if (length != 1) {
      return Alert::kDecodeError;
    } else if (message_bytes_ == kMessageHead) {
      continue;
    } else if (const auto alert = TakeKeyUpdate(rest.empty())) {
      return alert;
    }
    message_bytes_ = 0;
  }
  return std::nullopt;
}

// What follows has other keys, so nothing of it can stand in the same record (section 5.1).
std::optional<Alert> Records::TakeKeyUpdate(bool last) {
  const std::uint8_t request = message_[kMessageHead];
  if (request != kUpdateNotRequested && request != kUpdateRequested) {
    return Alert::kIllegalParameter;
  }
  if (!last) return Alert::kUnexpectedMessage;
  if (!from_peer_.Update()) return Alert::kInternalError;
  owes_update_ = owes_update_ || request == kUpdateRequested;
  return std::nullopt;
}

bool Records::SealRecord(std::string& out, Type type, std::string_view data) {
  const std::size_t length = data.size() + 1 + kTagBytes;
  // 0x0303: TLS 1.2, for whoever stands between.
  const std::array<std::uint8_t, kHeaderBytes> header = {static_cast<std::uint8_t>(Type::kData), 3,
                                                         3, static_cast<std::uint8_t>(length >> 8U),
                                                         static_cast<std::uint8_t>(length)};
  const std::size_t begin = out.size();
  const std::size_t end = begin + kHeaderBytes + length;
  bool sealed = false;
  // GCC 12 may say a larger size than it was asked for.
  out.resize_and_overwrite(end, [&](char* text, std::size_t) {
    auto* const at = reinterpret_cast<std::uint8_t*>(text) + begin;
    std::ranges::copy(header, at);
    sealed =
        to_peer_.Seal(header, AsBytes(data), static_cast<std::uint8_t>(type), at + kHeaderBytes);
    return sealed ? end : begin;
  });
  return sealed;
}

bool Records::SealKeyUpdate(std::string& out) {
  owes_update_ = false;
  return SealRecord(out, Type::kHandshake, kUpdateMessage) && to_peer_.Update();
}

bool Records::Seal(std::string& out, std::string_view data) {
  // One piece of memory for them all, and for new keys.
  const std::size_t records = data.size() / kMostPlainBytes + 2;
  out.reserve(out.size() + data.size() + kUpdateMessage.size() +
              records * (kHeaderBytes + 1 + kTagBytes));
  while (!data.empty()) {
    const bool worn = to_peer_.sequence() >= records_of_a_key_;
    if ((owes_update_ || worn) && !SealKeyUpdate(out)) return false;
    const std::string_view part = data.substr(0, kMostPlainBytes);
    if (!SealRecord(out, Type::kData, part)) return false;
    data.remove_prefix(part.size());
  }
  return true;
}

bool Records::SealAlert(std::string& out, Alert alert) {
  constexpr char kWarning = 1;
  constexpr char kFatal = 2;
  const std::array<char, 2> text = {alert == Alert::kCloseNotify ? kWarning : kFatal,
                                    static_cast<char>(alert)};
  return SealRecord(out, Type::kAlert, std::string_view(text.data(), text.size()));
}

}  // namespace mpl::tls
