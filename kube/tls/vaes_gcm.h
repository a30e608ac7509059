// AES-128-GCM by Intel's ipsec-mb, for processors with AES and AVX-512 on whole vectors (VAES): a
// quarter of the time that OpenSSL 3.0 takes, which does not use them. docs/design/0010-vaes.md
// says why and how it is kept from doing harm. Pure; internal to kube/tls.
#pragma once

#include <cstdint>

#include "kube/tls/traffic_keys.h"

namespace mpl::tls::vaes_gcm {

// Whether this build has it and this processor can run it.
bool Supported();

// `key_id`, not 0, names the key: a thread that has used that key last need not set it up again.
// Both return false where it is not supported, Open also when `sealed` (with its tag) is not what
// somebody with this key has sealed under this nonce and header: `plain` is of no use then.
bool Open(std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce, Bytes header,
          Bytes sealed, std::uint8_t* plain);
// `data` and behind it `type`; `sealed` has room for these and a tag.
bool Seal(std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce, Bytes header,
          Bytes data, std::uint8_t type, std::uint8_t* sealed);

}  // namespace mpl::tls::vaes_gcm
