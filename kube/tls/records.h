// What either side does with TLS 1.3 records once the handshake is over: RFC 8446 sections 4.6, 5
// and 6. Bytes in, bytes out: pure. Not thread-safe.
//
// Of messages behind the handshake it knows new keys and, as a client, tickets, which it passes
// over; a server must have sent none. A client certificate is never asked for, as we do not offer
// post-handshake authentication. After a fault nothing may be called but SealAlert.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kube/tls/protection.h"
#include "kube/tls/traffic_keys.h"

namespace mpl::tls {

// The numbers of RFC 8446 section 6 that are sent or treated here.
enum class Alert : std::uint8_t {
  kCloseNotify = 0,
  kUnexpectedMessage = 10,
  kBadRecordMac = 20,
  kRecordOverflow = 22,
  kIllegalParameter = 47,
  kDecodeError = 50,
  kInternalError = 80,
  kUserCanceled = 90,
};

struct Fault {
  std::uint8_t alert = 0;
  bool from_peer = false;  // it has sent this alert; otherwise it is ours to send
};

enum class Side : std::uint8_t { kClient, kServer };

class Records {
 public:
  // `side` is ours. Secrets: server_ and client_application_traffic_secret_0. After
  // `records_of_a_key` of ours their key is renewed. Nothing when the secrets do not fit.
  static std::optional<Records> Create(Suite suite, Side side, const Secret& server,
                                       const Secret& client,
                                       std::uint64_t records_of_a_key = kMostRecordsOfAKey);

  // RFC 8446 section 5.5: AES-GCM keys are safe for 2^24.5 records.
  static constexpr std::uint64_t kMostRecordsOfAKey = 1U << 24U;
  static constexpr std::size_t kMostPlainBytes = 1U << 14U;
  static constexpr std::size_t kMostRecordBytes = kHeaderBytes + kMostPlainBytes + 256;

  enum class Came { kPart, kData, kControl, kClosed, kFault };
  struct Taken {
    Came what = Came::kPart;
    std::size_t used = 0;  // of what was given: one record
    std::size_t data = 0;  // bytes of data that stand in `plain` now; maybe none
  };
  // The record at the start of `bytes`; kPart: it is not whole yet. `plain` has room for
  // PlainRoom(bytes).
  Taken Take(std::string_view bytes, char* plain);
  // 0 while not even the head is there.
  static std::size_t PlainRoom(std::string_view bytes);
  // After kFault.
  const Fault& fault() const { return fault_; }

  // Appends `data` in records, after what the peer is still owed. False: OpenSSL failed.
  bool Seal(std::string& out, std::string_view data);
  bool SealAlert(std::string& out, Alert alert);

 private:
  enum class Type : std::uint8_t { kAlert = 21, kHandshake = 22, kData = 23 };

  Records(Side side, const Protection& from_peer, const Protection& to_peer,
          std::uint64_t records_of_a_key)
      : from_peer_(from_peer),
        to_peer_(to_peer),
        records_of_a_key_(records_of_a_key),
        side_(side) {}

  Taken Fail(Alert alert);
  Taken TakeAlert(std::string_view plain, std::size_t used);
  std::optional<Alert> TakeHandshake(std::string_view plain);
  std::optional<Alert> TakeKeyUpdate(bool last);
  bool SealRecord(std::string& out, Type type, std::string_view data);
  bool SealKeyUpdate(std::string& out);

  Protection from_peer_;
  Protection to_peer_;
  std::uint64_t records_of_a_key_;
  Fault fault_;
  Side side_;
  // A message may begin in one record and end in another.
  std::array<std::uint8_t, 5> message_{};  // as much of it as is looked at: a KeyUpdate, whole
  std::uint8_t message_bytes_ = 0;         // of message_
  std::uint32_t message_rest_ = 0;         // still to be passed over
  std::uint16_t without_data_ = 0;         // records in a row
  bool owes_update_ = false;
};

}  // namespace mpl::tls
