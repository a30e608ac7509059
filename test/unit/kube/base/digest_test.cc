#include "kube/base/digest.h"

#include <gtest/gtest.h>

namespace mpl {
namespace {

struct Vector {
  std::string bytes;
  std::string text;
};

// RFC 4648 section 10.
const std::vector<Vector> kVectors = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

TEST(Base64, AgreesWithRfc4648) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(Base64Encode(vector.bytes), vector.text);
    EXPECT_EQ(Base64Decode(vector.text), vector.bytes) << vector.text;
  }
}

TEST(Base64, CarriesEveryByte) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(Base64Decode(Base64Encode(all)), all);
}

TEST(Base64Decode, IgnoresLineBreaks) { EXPECT_EQ(Base64Decode("Zm9v\r\nYmFy\n"), "foobar"); }

TEST(Base64Decode, RefusesWhatIsNotBase64) {
  for (const std::string text :
       {"Z", "Zg", "Zg=", "Zm9", "Zm9v=", "====", "=Zm9", "Z=m9", "Zm=v", "Zg==Zg==", "Zm9-",
        "Zm9_", "Zm 9", " Zm9", "Zm9 ", "Zm9\t", "Z==="}) {
    EXPECT_FALSE(Base64Decode(text)) << text;
  }
}

TEST(Sha256, AgreesWithFips180) {
  // FIPS 180-4 examples: "abc" and the empty message.
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc").size(), 32U);
  EXPECT_EQ(HexEncode(Sha256("abc")), Sha256Hex("abc"));
}

TEST(HexEncode, WritesLowerCase) {
  EXPECT_EQ(HexEncode(std::string_view("\x00\x0f\xa0\xff", 4)), "000fa0ff");
}

}  // namespace
}  // namespace mpl
