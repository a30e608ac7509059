#include "kube/tls/vaes_gcm.h"

#include "kube/tls/protection.h"

#ifdef MPL_HAS_IPSEC_MB

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include <array>
#include <cstring>

// Another version lays out keys in another way.
#if IMB_VERSION_NUM != IMB_VERSION(1, 3, 0)
#error "what is declared here is version 1.3's: see docs/design/0010-vaes.md"
#endif

// What the library's IMB_AES128_GCM_* call through its manager, which is not used here because it
// refers to every algorithm there is: 12.7 MB of code.
extern "C" {
void aes_gcm_precomp_128_vaes_avx512(gcm_key_data* key);
void aes_gcm_enc_128_vaes_avx512(const gcm_key_data* key, gcm_context_data* context,
                                 std::uint8_t* out, const std::uint8_t* in, std::uint64_t size,
                                 const std::uint8_t* nonce, const std::uint8_t* aad,
                                 std::uint64_t aad_size, std::uint8_t* tag, std::uint64_t tag_size);
void aes_gcm_dec_128_vaes_avx512(const gcm_key_data* key, gcm_context_data* context,
                                 std::uint8_t* out, const std::uint8_t* in, std::uint64_t size,
                                 const std::uint8_t* nonce, const std::uint8_t* aad,
                                 std::uint64_t aad_size, std::uint8_t* tag, std::uint64_t tag_size);
}

namespace mpl::tls::vaes_gcm {
namespace {

// The key that a thread has used last; GCM has the same for both directions.
struct KeySchedule {
  KeySchedule() = default;
  KeySchedule(const KeySchedule&) = delete;
  KeySchedule& operator=(const KeySchedule&) = delete;
  ~KeySchedule() {
    OPENSSL_cleanse(&key, sizeof(key));
    OPENSSL_cleanse(&key_id, sizeof(key_id));
  }

  // The key's expansion stores whole vectors; the header aligns the type only where LINUX is
  // defined.
  alignas(64) gcm_key_data key;
  gcm_context_data context;
  std::uint64_t key_id = 0;
};

KeySchedule& ScheduleOf(std::uint64_t key_id, const TrafficKeys& keys) {
  static thread_local KeySchedule schedule;
  if (schedule.key_id != key_id) {
    aes_keyexp_128_enc_avx512(keys.key.data(), schedule.key.expanded_keys);
    aes_gcm_precomp_128_vaes_avx512(&schedule.key);
    schedule.key_id = key_id;
  }
  return schedule;
}

}  // namespace

bool Supported() {
  static const bool supported =
      __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul") &&
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("vaes") && __builtin_cpu_supports("vpclmulqdq");
  return supported;
}

bool Open(std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce, Bytes header,
          Bytes sealed, std::uint8_t* plain) {
  if (!Supported() || sealed.size() < kTagBytes) return false;
  KeySchedule& schedule = ScheduleOf(key_id, keys);
  const std::size_t size = sealed.size() - kTagBytes;
  std::array<std::uint8_t, kTagBytes> tag{};
  aes_gcm_dec_128_vaes_avx512(&schedule.key, &schedule.context, plain, sealed.data(), size,
                              nonce.data(), header.data(), header.size(), tag.data(), tag.size());
  return CRYPTO_memcmp(tag.data(), sealed.data() + size, kTagBytes) == 0;
}

bool Seal(std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce, Bytes header,
          Bytes data, std::uint8_t type, std::uint8_t* sealed) {
  if (!Supported()) return false;
  KeySchedule& schedule = ScheduleOf(key_id, keys);
  if (!data.empty()) std::memcpy(sealed, data.data(), data.size());
  const std::size_t size = data.size() + 1;
  sealed[size - 1] = type;
  aes_gcm_enc_128_vaes_avx512(&schedule.key, &schedule.context, sealed, sealed, size, nonce.data(),
                              header.data(), header.size(), sealed + size, kTagBytes);
  return true;
}

}  // namespace mpl::tls::vaes_gcm

#else

namespace mpl::tls::vaes_gcm {

bool Supported() { return false; }
bool Open(std::uint64_t, const TrafficKeys&, const Nonce&, Bytes, Bytes, std::uint8_t*) {
  return false;
}
bool Seal(std::uint64_t, const TrafficKeys&, const Nonce&, Bytes, Bytes, std::uint8_t,
          std::uint8_t*) {
  return false;
}

}  // namespace mpl::tls::vaes_gcm

#endif
