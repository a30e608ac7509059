// Records sealed and opened by the fastest implementation that can be relied on here. Pure;
// internal to kube/tls.
#pragma once

#include <cstdint>

#include "kube/tls/traffic_keys.h"

namespace mpl::tls::aead {

// Whether vaes_gcm does the suite's work in this process: where this build and this processor have
// it, OpenSSL is free to use its own default algorithms (it need not be a validated one, as with
// FIPS), and both come to the same on a trial. The first call makes that.
bool UsesVaes(Suite suite);

// As openssl_aead's.
bool Open(Suite suite, std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce,
          Bytes header, Bytes sealed, std::uint8_t* plain);
bool Seal(Suite suite, std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce,
          Bytes header, Bytes data, std::uint8_t type, std::uint8_t* sealed);

}  // namespace mpl::tls::aead
