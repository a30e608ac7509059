// Seals or opens the records of one direction: RFC 8446 section 5.2 and 5.3.
//
// 150 bytes a direction. What a cipher needs for a key (1 or 2 KB) belongs to the thread and is set
// up anew whenever another connection has its turn: with thousands that speak once in 15 s that is
// less work than to fetch as many contexts from the memory. Pure; not thread-safe.
#pragma once

#include <cstdint>
#include <optional>

#include "kube/tls/traffic_keys.h"

namespace mpl::tls {

inline constexpr std::size_t kHeaderBytes = 5;
inline constexpr std::size_t kTagBytes = 16;

class Protection {
 public:
  // Nothing when OpenSSL has no such algorithm or the secret does not fit.
  static std::optional<Protection> Create(Suite suite, const Secret& secret);

  // `sealed` with its tag, into `plain`, which has room for as much without the tag. False: it is
  // not what the peer has sealed, or not the record whose turn it is; `plain` is of no use then.
  bool Open(Bytes header, Bytes sealed, std::uint8_t* plain);
  // `data` and behind it `type`; into `sealed`, which has room for these and a tag.
  bool Seal(Bytes header, Bytes data, std::uint8_t type, std::uint8_t* sealed);
  // A KeyUpdate: other keys from the next record on.
  bool Update();

  // How many records these keys have seen.
  std::uint64_t sequence() const { return sequence_; }

 private:
  Protection(Suite suite, const Secret& secret, const TrafficKeys& keys);
  Nonce NextNonce();

  Secret secret_;
  TrafficKeys keys_;
  std::uint64_t id_;  // of these keys: no others in the process have it
  std::uint64_t sequence_ = 0;
  Suite suite_;
};

}  // namespace mpl::tls
