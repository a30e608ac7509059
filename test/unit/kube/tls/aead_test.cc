// The two implementations of AES-128-GCM, each against the specification and against the other.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <string>
#include <type_traits>

#include "kube/tls/aead.h"
#include "kube/tls/openssl_aead.h"
#include "kube/tls/protection.h"
#include "kube/tls/vaes_gcm.h"
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

// No connection's, whatever ran in this process before.
constexpr std::uint64_t kId = ~std::uint64_t{1};
constexpr std::uint64_t kOtherId = ~std::uint64_t{2};

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

struct Vaes {
  static std::string Seal(std::uint64_t id, const TrafficKeys& keys, std::string_view header,
                          std::string_view text) {
    std::string sealed(text.size() + kTagBytes, ' ');
    EXPECT_TRUE(vaes_gcm::Seal(id, keys, keys.iv, View(header), View(text).first(text.size() - 1),
                               View(text).back(), Data(sealed)));
    return sealed;
  }
  static std::string Open(std::uint64_t id, const TrafficKeys& keys, std::string_view header,
                          std::string_view sealed) {
    std::string text(sealed.size() - kTagBytes, ' ');
    return vaes_gcm::Open(id, keys, keys.iv, View(header), View(sealed), Data(text)) ? text
                                                                                     : "refused";
  }
};

template <class Aead>
class Aes128Gcm : public testing::Test {
  void SetUp() override {
    if (std::is_same_v<Aead, Vaes> && !vaes_gcm::Supported()) {
      GTEST_SKIP() << "this processor has no AES by vectors of 512 bits";
    }
  }
};
using Implementations = testing::Types<OpenSsl, Vaes>;
TYPED_TEST_SUITE(Aes128Gcm, Implementations);

TYPED_TEST(Aes128Gcm, IsWhatItsSpecificationSays) {
  const TrafficKeys keys = Keys(kKey, kNonce);
  EXPECT_EQ(TypeParam::Seal(kId, keys, Octets(kVouchedFor), Octets(kPlain)), Octets(kSealed));
  EXPECT_EQ(TypeParam::Open(kId, keys, Octets(kVouchedFor), Octets(kSealed)), Octets(kPlain));
}

TYPED_TEST(Aes128Gcm, RefusesWhatHasBeenBentAnywhere) {
  const TrafficKeys keys = Keys(kKey, kNonce);
  const std::string sealed = Octets(kSealed);
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string bent = sealed;
    bent[bit / 8] = static_cast<char>(bent[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(TypeParam::Open(kId, keys, Octets(kVouchedFor), bent), "refused") << bit;
  }
  EXPECT_EQ(TypeParam::Open(kId, keys, Octets("feed"), sealed), "refused");
}

TYPED_TEST(Aes128Gcm, KeepsKeysApart) {
  const TrafficKeys keys = Keys(kKey, kNonce);
  const TrafficKeys others = Keys("00112233445566778899aabbccddeeff", kNonce);
  const std::string header = Octets(kVouchedFor);
  for (int round = 0; round < 3; ++round) {
    const std::string sealed = TypeParam::Seal(kId, keys, header, "hello");
    EXPECT_EQ(TypeParam::Open(kOtherId, others, header, sealed), "refused");
    EXPECT_EQ(TypeParam::Open(kId, keys, header, sealed), "hello");
  }
}

// It is not left out without anybody's noticing.
TEST(VaesGcm, IsUsedWhereItIsSupported) {
  EXPECT_EQ(aead::UsesVaes(Suite::kAes128Gcm),
            vaes_gcm::Supported() && openssl_aead::IsOfDefaultProvider(Suite::kAes128Gcm));
  EXPECT_FALSE(aead::UsesVaes(Suite::kAes256Gcm));
  EXPECT_FALSE(aead::UsesVaes(Suite::kChaCha20Poly1305));
}

// Up to a whole record: a step of the vectors takes 768 bytes, and the counter's last octet, whose
// carry has code of its own, comes round after 4,096.
TEST(BothImplementations, SayTheSameOfEverySize) {
  if (!vaes_gcm::Supported()) GTEST_SKIP() << "there is only one here";
  const TrafficKeys keys = Keys(kKey, kNonce);
  const std::string header = Octets("17 03 03 00 00");
  std::string text;
  for (std::size_t size = 1; size <= 16'385; ++size) {
    text += static_cast<char>(size * 31 + size / 256);
    const std::string sealed = Vaes::Seal(kId, keys, header, text);
    ASSERT_EQ(sealed, OpenSsl::Seal(kId, keys, header, text)) << size;
    ASSERT_EQ(Vaes::Open(kId, keys, header, sealed), text) << size;
  }
}

// Memory that ends where a page ends behind which nothing may be touched: sanitizers do not see
// what assembler code reads and writes.
class Fenced {
 public:
  explicit Fenced(std::string_view octets) : size_(octets.size()) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    inside_ = (size_ / page + 1) * page;
    all_ = inside_ + 2 * page;
    void* const all = mmap(nullptr, all_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (all == MAP_FAILED) throw std::bad_alloc();
    begin_ = static_cast<char*>(all) + page;
    EXPECT_EQ(mprotect(begin_, inside_, PROT_READ | PROT_WRITE), 0);
    std::ranges::copy(octets, begin_ + inside_ - size_);
  }
  Fenced(const Fenced&) = delete;
  Fenced& operator=(const Fenced&) = delete;
  ~Fenced() { munmap(begin_ - sysconf(_SC_PAGESIZE), all_); }

  std::uint8_t* data() { return reinterpret_cast<std::uint8_t*>(begin_ + inside_ - size_); }
  Bytes bytes() { return {data(), size_}; }
  std::string text() const { return {begin_ + inside_ - size_, size_}; }
  // What lies before it is as it was made.
  bool IsCleanBefore() const {
    return std::all_of(begin_, begin_ + inside_ - size_, [](char c) { return c == 0; });
  }

 private:
  std::size_t size_;
  char* begin_ = nullptr;
  std::size_t inside_ = 0;
  std::size_t all_ = 0;
};

TEST(VaesGcm, TouchesNothingOutsideItsMemory) {
  if (!vaes_gcm::Supported()) GTEST_SKIP() << "this processor has no AES by vectors of 512 bits";
  const TrafficKeys made = Keys(kKey, kNonce);
  Fenced kept(std::string_view(reinterpret_cast<const char*>(&made), sizeof(made)));
  const auto& keys = *reinterpret_cast<const TrafficKeys*>(kept.data());
  Fenced header(Octets("17 03 03 00 00"));
  for (std::size_t size = 0; size < 1'700; ++size) {
    Fenced data(std::string(size, 'd'));
    Fenced sealed(std::string(size + 1 + kTagBytes, ' '));
    Fenced opened(std::string(size + 1, ' '));
    // Ever another key: it is set up anew.
    ASSERT_TRUE(
        vaes_gcm::Seal(kId - size, keys, keys.iv, header.bytes(), data.bytes(), 23, sealed.data()));
    ASSERT_TRUE(
        vaes_gcm::Open(kId - size, keys, keys.iv, header.bytes(), sealed.bytes(), opened.data()))
        << size;
    ASSERT_EQ(opened.text(), data.text() + '\x17');
    ASSERT_TRUE(data.IsCleanBefore() && sealed.IsCleanBefore() && opened.IsCleanBefore()) << size;
  }
}

}  // namespace
}  // namespace mpl::tls
