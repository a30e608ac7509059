#include "kube/net/inflate.h"

#include <gmock/gmock.h>

#include <chrono>
#include <random>

#include "kube/http/compression.h"

namespace mpl::net {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kLimit = 64U << 20U;

std::string Packed(std::string_view text) { return http::Gzip(text).value(); }

std::string Times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

TEST(Inflate, TakesMembersOneAfterAnotherHoweverTheirSizesDiffer) {
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(Inflate(Packed("a") + Packed(large) + Packed("") + Packed("b"), kLimit).value(),
            "a" + large + "b");
  EXPECT_EQ(Inflate(Packed(""), kLimit).value(), "");
}

TEST(Inflate, RefusesWhatIsLongerThanTheLimitAndTakesWhatReachesIt) {
  const std::string text(100'000, 'x');
  EXPECT_EQ(Inflate(Packed(text), text.size()).value(), text);
  EXPECT_EQ(Inflate(Packed(text), text.size() - 1).error().kind, ErrorKind::kRequestTooLarge);
  EXPECT_EQ(Inflate(Packed(text) + Packed("y"), text.size()).error().kind,
            ErrorKind::kRequestTooLarge);
}

TEST(Inflate, RefusesWhatIsNoGzip) {
  EXPECT_EQ(Inflate("", kLimit).error().kind, ErrorKind::kMalformed);
  EXPECT_EQ(Inflate("hello", kLimit).error().kind, ErrorKind::kMalformed);
}

// Once each empty member cleared as much as the last four bytes claim: 63 GB in all.
TEST(Inflate, ClearsTheRoomThatAPeerClaimsOnce) {
  std::mt19937 random(1);
  std::string noise(100'000, ' ');
  for (char& c : noise) c = static_cast<char>(random());
  std::string last = Packed(noise);
  last.replace(last.size() - 4, 4, 4, '\xff');
  const auto begun = std::chrono::steady_clock::now();
  const auto text = Inflate(Times(990, Packed("")) + last, kLimit);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
  EXPECT_EQ(text.error().kind, ErrorKind::kMalformed);
}

TEST(Inflate, RefusesMembersWithoutEnd) {
  EXPECT_THAT(Inflate(Times(100'000, Packed("")), kLimit).error().message,
              HasSubstr("more than 1000 members"));
}

}  // namespace
}  // namespace mpl::net
