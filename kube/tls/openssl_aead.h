// Records sealed and opened by OpenSSL's ciphers, in every suite. Pure; internal to kube/tls.
#pragma once

#include <cstdint>

#include "kube/tls/traffic_keys.h"

namespace mpl::tls::openssl_aead {

// Whether OpenSSL has the suite's cipher.
bool Has(Suite suite);
// Whether that is one of its own default ones, and not such as a configuration asks for (FIPS).
bool IsOfDefaultProvider(Suite suite);

// `key_id`, not 0, names the key: a thread that has used that key last need not set it up again.
// All three return false when OpenSSL fails, Open also when `sealed` (with its tag) is not what
// somebody with this key has sealed under this nonce and header.
bool Open(Suite suite, std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce,
          Bytes header, Bytes sealed, std::uint8_t* plain);
// `data` and behind it `type`; `sealed` has room for these and a tag.
bool Seal(Suite suite, std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce,
          Bytes header, Bytes data, std::uint8_t type, std::uint8_t* sealed);

}  // namespace mpl::tls::openssl_aead
