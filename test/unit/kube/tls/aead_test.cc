// The two implementations of AES-128-GCM, each against the specification and against the other.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kube/tls/openssl_aead.h"
#include "kube/tls/protection.h"
#include "kube/tls/vector_aes.h"
#include "test/unit/kube/tls/octets.h"

namespace mpl::tls {
namespace {

// McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B, test case 4.
constexpr std::string_view kKey = "feffe9928665731c6d6a8f9467308308";
constexpr std::string_view kNonce = "cafebabefacedbaddecaf888";
constexpr std::string_view kVouchedFor = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr std::string_view kPlain =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
    "25b16aedf5aa0de657ba637b39";
constexpr std::string_view kSealed =
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa"
    "051ba30b396a0aac973d58e091"
    "5bc94fbc3221a5db94fae95ae7121a47";

TrafficKeys Keys(std::string_view key, std::string_view nonce) {
  TrafficKeys keys;
  std::ranges::copy(View(Octets(key)), keys.key.begin());
  std::ranges::copy(View(Octets(nonce)), keys.iv.begin());
  return keys;
}

std::uint8_t* Data(std::string& octets) { return reinterpret_cast<std::uint8_t*>(octets.data()); }

struct OpenSsl {
  static std::string Seal(std::uint64_t id, const TrafficKeys& keys, std::string_view header,
                          std::string_view text) {
    std::string sealed(text.size() + kTagBytes, ' ');
    EXPECT_TRUE(openssl_aead::Seal(Suite::kAes128Gcm, id, keys, keys.iv, View(header),
                                   View(text).first(text.size() - 1), View(text).back(),
                                   Data(sealed)));
    return sealed;
  }
  static std::string Open(std::uint64_t id, const TrafficKeys& keys, std::string_view header,
                          std::string_view sealed) {
    std::string text(sealed.size() - kTagBytes, ' ');
    const bool good = openssl_aead::Open(Suite::kAes128Gcm, id, keys, keys.iv, View(header),
                                         View(sealed), Data(text));
    return good ? text : "refused";
  }
};

struct Vectors {
  static std::string Seal(std::uint64_t id, const TrafficKeys& keys, std::string_view header,
                          std::string_view text) {
    std::string sealed(text.size() + kTagBytes, ' ');
    vector_aes::Seal(id, keys, keys.iv, View(header), View(text).first(text.size() - 1),
                     View(text).back(), Data(sealed));
    return sealed;
  }
  static std::string Open(std::uint64_t id, const TrafficKeys& keys, std::string_view header,
                          std::string_view sealed) {
    std::string text(sealed.size() - kTagBytes, ' ');
    return vector_aes::Open(id, keys, keys.iv, View(header), View(sealed), Data(text)) ? text
                                                                                       : "refused";
  }
};

template <class Aead>
class Aes128Gcm : public testing::Test {
  void SetUp() override {
    if (std::is_same_v<Aead, Vectors> && !vector_aes::Supported()) {
      GTEST_SKIP() << "this processor has no AES by vectors of 512 bits";
    }
  }
};
using Implementations = testing::Types<OpenSsl, Vectors>;
TYPED_TEST_SUITE(Aes128Gcm, Implementations);

TYPED_TEST(Aes128Gcm, IsWhatItsSpecificationSays) {
  const TrafficKeys keys = Keys(kKey, kNonce);
  EXPECT_EQ(TypeParam::Seal(1, keys, Octets(kVouchedFor), Octets(kPlain)), Octets(kSealed));
  EXPECT_EQ(TypeParam::Open(1, keys, Octets(kVouchedFor), Octets(kSealed)), Octets(kPlain));
}

TYPED_TEST(Aes128Gcm, RefusesWhatHasBeenBentAnywhere) {
  const TrafficKeys keys = Keys(kKey, kNonce);
  const std::string sealed = Octets(kSealed);
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string bent = sealed;
    bent[bit / 8] = static_cast<char>(bent[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(TypeParam::Open(1, keys, Octets(kVouchedFor), bent), "refused") << bit;
  }
  EXPECT_EQ(TypeParam::Open(1, keys, Octets("feed"), sealed), "refused");
}

TYPED_TEST(Aes128Gcm, KeepsKeysApart) {
  const TrafficKeys keys = Keys(kKey, kNonce);
  const TrafficKeys others = Keys("00112233445566778899aabbccddeeff", kNonce);
  const std::string header = Octets(kVouchedFor);
  for (int round = 0; round < 3; ++round) {
    const std::string sealed = TypeParam::Seal(1, keys, header, "hello");
    EXPECT_EQ(TypeParam::Open(2, others, header, sealed), "refused");
    EXPECT_EQ(TypeParam::Open(1, keys, header, sealed), "hello");
  }
}

TEST(BothImplementations, SayTheSameOfEverySize) {
  if (!vector_aes::Supported()) GTEST_SKIP() << "there is only one here";
  const TrafficKeys keys = Keys(kKey, kNonce);
  const std::string header = Octets("17 03 03 00 00");
  std::string text;
  // One step of the vectors takes 768 bytes.
  for (std::size_t size = 1; size <= 2'400; ++size) {
    text += static_cast<char>(size * 31 + size / 256);
    const std::string sealed = Vectors::Seal(1, keys, header, text);
    ASSERT_EQ(sealed, OpenSsl::Seal(1, keys, header, text)) << size;
    ASSERT_EQ(Vectors::Open(1, keys, header, sealed), text) << size;
  }
  text.resize(16'385, 'x');
  const std::string sealed = Vectors::Seal(1, keys, header, text);
  EXPECT_EQ(sealed, OpenSsl::Seal(1, keys, header, text));
  EXPECT_EQ(Vectors::Open(1, keys, header, sealed), text);
}

}  // namespace
}  // namespace mpl::tls
