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

TEST(Watches, BlameNoneThatIsUnderWay) { EXPECT_FALSE(HindranceOf(kScope, {})); }

}  // namespace
}  // namespace mpl::controller
