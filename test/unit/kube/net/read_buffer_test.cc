#include "kube/net/read_buffer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>

namespace mpl::net {
namespace {

constexpr std::size_t kRecord = 16U << 10U;

void Append(ReadBuffer& buffer, std::string_view text) {
  while (!text.empty()) {
    const auto room = buffer.Prepare();
    ASSERT_GE(room.size(), kRecord);
    const std::string_view part = text.substr(0, room.size());
    std::ranges::copy(part, room.begin());
    buffer.Commit(part.size());
    text.remove_prefix(part.size());
  }
}

TEST(ReadBuffer, GivesBackWhatCameInOrder) {
  ReadBuffer buffer;
  EXPECT_EQ(buffer.bytes(), "");
  Append(buffer, "GET / HT");
  Append(buffer, "TP/1.1\r\n");
  EXPECT_EQ(buffer.bytes(), "GET / HTTP/1.1\r\n");
  buffer.Consume(4);
  EXPECT_EQ(buffer.bytes(), "/ HTTP/1.1\r\n");
  EXPECT_EQ(buffer.size(), 12U);
}

TEST(ReadBuffer, HoldsAHeaderOfAMebibyte) {
  ReadBuffer buffer;
  const std::string header(1U << 20U, 'h');
  Append(buffer, header);
  EXPECT_EQ(buffer.bytes(), header);
  buffer.Settle();
  EXPECT_EQ(buffer.bytes(), header);
}

// A connection on which nothing is due holds no block: the next one gets the same.
TEST(ReadBuffer, PassesItsBlockOnWhenNothingIsLeft) {
  ReadBuffer first;
  ReadBuffer second;
  const char* block = first.Prepare().data();
  first.Settle();
  EXPECT_EQ(second.Prepare().data(), block);
}

TEST(ReadBuffer, PassesItsBlockOnWhenLittleIsLeft) {
  ReadBuffer first;
  ReadBuffer second;
  const char* block = first.Prepare().data();
  Append(first, "half a head");
  first.Settle();
  EXPECT_EQ(second.Prepare().data(), block);
  Append(second, "something else");
  EXPECT_EQ(first.bytes(), "half a head");
  Append(first, "er");
  EXPECT_EQ(first.bytes(), "half a header");
}

TEST(ReadBuffer, BehavesLikeAText) {
  std::mt19937 random(1);
  const auto upto = [&random](std::size_t most) { return random() % (most + 1); };
  ReadBuffer buffer;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    switch (random() % 3) {
      case 0: {
        const std::string text(upto(40'000), static_cast<char>('a' + i % 26));
        if (expected.size() > 200'000) break;
        Append(buffer, text);
        expected += text;
        break;
      }
      case 1: {
        const std::size_t used = random() % 2 == 0 ? upto(expected.size()) : expected.size();
        buffer.Consume(used);
        expected.erase(0, used);
        break;
      }
      default:
        buffer.Settle();
    }
    ASSERT_EQ(buffer.size(), expected.size());
    ASSERT_TRUE(buffer.bytes() == expected) << i;
  }
}

}  // namespace
}  // namespace mpl::net
