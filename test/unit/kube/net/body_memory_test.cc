#include "kube/net/body_memory.h"

#include <gmock/gmock.h>

namespace mpl::net {
namespace {

constexpr std::size_t kUsual = 40'000;

TEST(BodyMemory, GoesFromOneBodyToTheNext) {
  std::string body(kUsual, 'x');
  const char* const at = body.data();
  GiveBackBody(std::move(body));

  const std::string next = TakeBodyMemory(kUsual);
  EXPECT_EQ(next.data(), at);
  EXPECT_EQ(next, "");
  EXPECT_NE(TakeBodyMemory(kUsual).data(), at);
}

TEST(BodyMemory, HasTheRoomThatIsAskedFor) {
  GiveBackBody(std::string(kUsual, 'x'));
  EXPECT_GE(TakeBodyMemory(2 * kUsual).capacity(), 2 * kUsual);
}

TEST(BodyMemory, OfAnExceptionalBodyIsNotKept) {
  std::string body(1U << 20U, 'x');
  const std::size_t room = body.capacity();
  GiveBackBody(std::move(body));
  EXPECT_LT(TakeBodyMemory(kUsual).capacity(), room);
}

}  // namespace
}  // namespace mpl::net
