#include "kube/tls/protection.h"

#include <gtest/gtest.h>

#include <vector>

#include "test/unit/kube/tls/octets.h"

namespace mpl::tls {
namespace {

std::string Seal(Protection& protection, const std::string& header, const std::string& data,
                 std::uint8_t type) {
  std::string sealed(data.size() + 1 + kTagBytes, ' ');
  EXPECT_TRUE(protection.Seal(View(header), View(data), type,
                              reinterpret_cast<std::uint8_t*>(sealed.data())));
  return header + sealed;
}

TEST(Protection, SealsWhatRfc8448Seals) {
  auto client = Protection::Create(Suite::kAes128Gcm, SecretFrom(kClientSecret));
  ASSERT_TRUE(client);
  EXPECT_EQ(Seal(*client, Octets("17 03 03 00 43"), FirstFifty(), 23), Octets(kClientRecord));
  EXPECT_EQ(Seal(*client, Octets("17 03 03 00 13"), Octets("01 00"), 21), Octets(kClientClose));
  EXPECT_EQ(client->sequence(), 2U);
}

TEST(Protection, OpensWhatRfc8448Seals) {
  auto client = Protection::Create(Suite::kAes128Gcm, SecretFrom(kClientSecret));
  ASSERT_TRUE(client);
  EXPECT_EQ(OpenRecord(*client, Octets(kClientRecord)), FirstFifty() + '\x17');
  EXPECT_EQ(OpenRecord(*client, Octets(kClientClose)), Octets("01 00 15"));
}

class EachSuite : public testing::TestWithParam<Suite> {
 protected:
  static Protection Made(char fill) {
    return *Protection::Create(GetParam(),
                               Secret(View(std::string(SecretBytes(GetParam()), fill))));
  }
  static constexpr const char* kHeader = "\x17\x03\x03\x00\x16";
  static std::string Header() { return {kHeader, kHeaderBytes}; }
};

TEST_P(EachSuite, OpensOnlyWhatWasSealedAndInItsTurn) {
  Protection seals = Made('a');
  const std::string first = Seal(seals, Header(), "first", 23);
  const std::string second = Seal(seals, Header(), "other", 23);

  Protection in_turn = Made('a');
  EXPECT_EQ(OpenRecord(in_turn, first), "first\x17");
  EXPECT_EQ(OpenRecord(in_turn, second), "other\x17");
  Protection out_of_turn = Made('a');
  EXPECT_EQ(OpenRecord(out_of_turn, second), "refused");
  Protection again = Made('a');
  EXPECT_EQ(OpenRecord(again, first), "first\x17");
  EXPECT_EQ(OpenRecord(again, first), "refused");
  Protection stranger = Made('b');
  EXPECT_EQ(OpenRecord(stranger, first), "refused");
  for (std::size_t i = 0; i < first.size(); ++i) {
    std::string bent = first;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    Protection opens = Made('a');
    EXPECT_EQ(OpenRecord(opens, bent), "refused") << i;
  }
  Protection opens = Made('a');
  EXPECT_EQ(OpenRecord(opens, Header() + std::string(kTagBytes - 1, 'x')), "refused");
}

// They use the same contexts of OpenSSL's, in turns.
TEST_P(EachSuite, ManyConnectionsDoNotMindEachOther) {
  std::vector<Protection> seals, opens;
  for (const char fill : {'a', 'b', 'c'}) {
    seals.push_back(Made(fill));
    opens.push_back(Made(fill));
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t k = 0; k < seals.size(); ++k) {
      const std::string text = "hello";
      EXPECT_EQ(OpenRecord(opens[k], Seal(seals[k], Header(), text, 23)), text + '\x17');
      if (round != 1) continue;
      EXPECT_EQ(OpenRecord(opens[k], Seal(seals[k], Header(), text, 23)), text + '\x17');
    }
  }
}

TEST_P(EachSuite, AnUpdateChangesBothSidesAlike) {
  Protection seals = Made('a');
  Protection opens = Made('a');
  EXPECT_EQ(OpenRecord(opens, Seal(seals, Header(), "first", 23)), "first\x17");
  ASSERT_TRUE(seals.Update() && opens.Update());
  EXPECT_EQ(seals.sequence(), 0U);
  EXPECT_EQ(OpenRecord(opens, Seal(seals, Header(), "later", 23)), "later\x17");
  Protection behind = Made('a');
  EXPECT_EQ(OpenRecord(behind, Seal(seals, Header(), "later", 23)), "refused");
}

INSTANTIATE_TEST_SUITE_P(Suites, EachSuite,
                         testing::Values(Suite::kAes128Gcm, Suite::kAes256Gcm,
                                         Suite::kChaCha20Poly1305));

}  // namespace
}  // namespace mpl::tls
