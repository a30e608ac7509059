#include "kube/tls/traffic_keys.h"

#include <gtest/gtest.h>

#include "test/unit/kube/tls/octets.h"

namespace mpl::tls {
namespace {

std::string Text(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

TEST(TrafficKeys, AreThoseOfRfc8448) {
  const auto server = KeysOf(Suite::kAes128Gcm, SecretFrom(kServerSecret));
  ASSERT_TRUE(server);
  EXPECT_EQ(Text(Bytes(server->key).first(16)),
            Octets("9f 02 28 3b 6c 9c 07 ef c2 6b b9 f2 ac 92 e3 56"));
  EXPECT_EQ(Text(server->iv), Octets("cf 78 2b 88 dd 83 54 9a ad f1 e9 84"));
  const auto client = KeysOf(Suite::kAes128Gcm, SecretFrom(kClientSecret));
  ASSERT_TRUE(client);
  EXPECT_EQ(Text(Bytes(client->key).first(16)),
            Octets("17 42 2d da 59 6e d5 d9 ac d8 90 e3 c6 3f 50 51"));
  EXPECT_EQ(Text(client->iv), Octets("5b 78 92 3d ee 08 57 90 33 e5 23 d9"));
}

TEST(TrafficKeys, NeedASecretOfTheHashsLength) {
  const Secret of_sha256 = SecretFrom(kServerSecret);
  EXPECT_FALSE(KeysOf(Suite::kAes256Gcm, of_sha256));
  EXPECT_FALSE(KeysOf(Suite::kAes128Gcm, Secret()));
  EXPECT_FALSE(NextSecret(Suite::kAes256Gcm, of_sha256));
  EXPECT_TRUE(KeysOf(Suite::kChaCha20Poly1305, of_sha256));
  EXPECT_TRUE(KeysOf(Suite::kAes256Gcm, Secret(View(std::string(48, 'x')))));
}

TEST(TrafficKeys, SuitesHaveTheNumbersOfRfc8446) {
  EXPECT_EQ(SuiteOf(0x1301), Suite::kAes128Gcm);
  EXPECT_EQ(SuiteOf(0x1302), Suite::kAes256Gcm);
  EXPECT_EQ(SuiteOf(0x1303), Suite::kChaCha20Poly1305);
  EXPECT_FALSE(SuiteOf(0x1304));
  EXPECT_FALSE(SuiteOf(0xC02F));
}

TEST(Secret, IsReadFromHexadecimalDigits) {
  EXPECT_EQ(Text(Secret::FromHex("00ffA5").bytes()), Octets("00 ff a5"));
  for (const char* wrong : {"", "0", "0g", "-1", "+1", " 1", "0x", "00f"}) {
    EXPECT_TRUE(Secret::FromHex(wrong).empty()) << wrong;
  }
  EXPECT_TRUE(Secret::FromHex(std::string(98, '0')).empty());
  EXPECT_EQ(Secret::FromHex(std::string(96, '0')).bytes().size(), 48U);
}

}  // namespace
}  // namespace mpl::tls
