#include "kube/tls/vector_aes.h"

#include "kube/tls/protection.h"

#ifdef MPL_HAS_IPSEC_MB

#include <intel-ipsec-mb.h>
#include <openssl/crypto.h>

#include <array>
#include <cstring>

// What the library's IMB_AES128_GCM_* call through its manager, which is not used here because it
// refers to every algorithm there is: 12 MB of code.
extern "C" {
void aes_gcm_precomp_128_vaes_avx512(gcm_key_data* key);
void aes_gcm_enc_128_vaes_avx512(const gcm_key_data* key, gcm_context_data* context,
                                 std::uint8_t* out, const std::uint8_t* in, std::uint64_t size,
                                 const std::uint8_t* nonce, const std::uint8_t* vouched_for,
                                 std::uint64_t vouched_for_size, std::uint8_t* tag,
                                 std::uint64_t tag_size);
void aes_gcm_dec_128_vaes_avx512(const gcm_key_data* key, gcm_context_data* context,
                                 std::uint8_t* out, const std::uint8_t* in, std::uint64_t size,
                                 const std::uint8_t* nonce, const std::uint8_t* vouched_for,
                                 std::uint64_t vouched_for_size, std::uint8_t* tag,
                                 std::uint64_t tag_size);
}

namespace mpl::tls::vector_aes {
namespace {

// The key that a thread has used last; GCM has the same for both directions.
struct alignas(64) Engine {
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() { OPENSSL_cleanse(&key, sizeof(key)); }

  gcm_key_data key;
  gcm_context_data context;
  std::uint64_t key_id = 0;
};

Engine& EngineFor(std::uint64_t key_id, const TrafficKeys& keys) {
  static thread_local Engine engine;
  if (engine.key_id != key_id) {
    aes_keyexp_128_enc_avx512(keys.key.data(), engine.key.expanded_keys);
    aes_gcm_precomp_128_vaes_avx512(&engine.key);
    engine.key_id = key_id;
  }
  return engine;
}

}  // namespace

bool Supported() {
  static const bool supported =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("vaes") && __builtin_cpu_supports("vpclmulqdq") &&
      __builtin_cpu_supports("bmi2");
  return supported;
}

bool Open(std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce, Bytes header,
          Bytes sealed, std::uint8_t* plain) {
  Engine& engine = EngineFor(key_id, keys);
  const std::size_t size = sealed.size() - kTagBytes;
  std::array<std::uint8_t, kTagBytes> tag;
  aes_gcm_dec_128_vaes_avx512(&engine.key, &engine.context, plain, sealed.data(), size,
                              nonce.data(), header.data(), header.size(), tag.data(), tag.size());
  return CRYPTO_memcmp(tag.data(), sealed.data() + size, kTagBytes) == 0;
}

void Seal(std::uint64_t key_id, const TrafficKeys& keys, const Nonce& nonce, Bytes header,
          Bytes data, std::uint8_t type, std::uint8_t* sealed) {
  Engine& engine = EngineFor(key_id, keys);
  if (!data.empty()) std::memcpy(sealed, data.data(), data.size());
  const std::size_t size = data.size() + 1;
  sealed[size - 1] = type;
  aes_gcm_enc_128_vaes_avx512(&engine.key, &engine.context, sealed, sealed, size, nonce.data(),
                              header.data(), header.size(), sealed + size, kTagBytes);
}

}  // namespace mpl::tls::vector_aes

#else

namespace mpl::tls::vector_aes {

bool Supported() { return false; }
bool Open(std::uint64_t, const TrafficKeys&, const Nonce&, Bytes, Bytes, std::uint8_t*) {
  return false;
}
void Seal(std::uint64_t, const TrafficKeys&, const Nonce&, Bytes, Bytes, std::uint8_t,
          std::uint8_t*) {}

}  // namespace mpl::tls::vector_aes

#endif
