// AES-128-GCM by Intel's ipsec-mb, for processors with 512-bit vectors of AES (VAES): a quarter of
// the time that OpenSSL 3.0 takes, which does not use them. docs/design/0010-vector-aes.md says why
// and how it is kept from doing harm. Pure; internal to kube/tls.
#pragma once

#include <cstdint>

#include "kube/tls/traffic_keys.h"

namespace mpl::tls::vector_aes {

// Whether this build has it and this processor can run it. Otherwise nothing below may be called.
bool Supported();

// As openssl_aead's. `sealed` must hold at least a tag.
bool Open(std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce, Bytes header,
          Bytes sealed, std::uint8_t* plain);
void Seal(std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce, Bytes header,
          Bytes data, std::uint8_t type, std::uint8_t* sealed);

}  // namespace mpl::tls::vector_aes
