#include "operator/controller/watches.h"

#include <gtest/gtest.h>

namespace mpl::controller {
namespace {

const client::WatchScope kScope{plan::Secrets(), "metrics", "", ""};

// After an outage of the control plane one watch works again before the others do.
TEST(Watches, BlameNoneThatIsSyncedForWhatFailedBefore) {
  const client::InformerStatus status{true, "connection refused", ErrorKind::kUnreachable};
  EXPECT_FALSE(HindranceOf(kScope, status));
}

TEST(Watches, BlameTheOneThatCannotBegin) {
  const client::InformerStatus status{false, "no such right", ErrorKind::kForbidden};
  const auto hindrance = HindranceOf(kScope, status);

  ASSERT_TRUE(hindrance);
  EXPECT_EQ(hindrance->kind, ErrorKind::kForbidden);
  EXPECT_EQ(hindrance->message, "watch secrets in namespace metrics: no such right");
}

// A RoleBinding that was taken away: what is seen of the namespace is what was seen last.
TEST(Watches, SayThatOneHasNotWorkedForLong) {
  const MonoTime since{std::chrono::hours(1)};
  client::InformerStatus status{true, "no such right", ErrorKind::kForbidden, since};
  EXPECT_FALSE(BlindnessOf(kScope, status, since + std::chrono::seconds(119)));
  const auto why = BlindnessOf(kScope, status, since + std::chrono::seconds(120));
  ASSERT_TRUE(why);
  EXPECT_EQ(why->kind, ErrorKind::kForbidden);
  EXPECT_THAT(why->message, testing::HasSubstr("no such right"));
  status.synced = false;
  EXPECT_FALSE(BlindnessOf(kScope, status, since + std::chrono::hours(1))) << "that is a hindrance";
  status = {true, "", ErrorKind::kInternal, since};
  EXPECT_FALSE(BlindnessOf(kScope, status, since + std::chrono::hours(1)));
}

TEST(Watches, BlameNoneThatIsUnderWay) { EXPECT_FALSE(HindranceOf(kScope, {})); }

}  // namespace
}  // namespace mpl::controller
