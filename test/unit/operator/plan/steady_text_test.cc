#include "operator/plan/steady_text.h"

#include <gtest/gtest.h>

namespace mpl::plan {
namespace {

// As Go 1.26 words them: net.OpError, and crypto/x509.CertificateInvalidError.
TEST(SteadyText, LosesTheLocalEndOfAConnection) {
  EXPECT_EQ(SteadyText("Get \"https://10.96.0.9:443/apis\": read tcp "
                       "10.0.0.5:51234->10.96.0.9:443: read: connection reset by peer"),
            "Get \"https://10.96.0.9:443/apis\": read tcp 10.96.0.9:443: read: connection reset by "
            "peer");
  EXPECT_EQ(SteadyText("write tcp [fd00::5]:51234->[fd00::9]:443: broken pipe"),
            "write tcp [fd00::9]:443: broken pipe");
  EXPECT_EQ(SteadyText("a->b"), "b");
}

TEST(SteadyText, LosesTheMomentOfTheLook) {
  EXPECT_EQ(SteadyText("x509: certificate has expired or is not yet valid: current time "
                       "2026-11-28T15:00:00Z is after 2026-11-28T14:00:00Z"),
            "x509: certificate has expired or is not yet valid: now is after 2026-11-28T14:00:00Z");
  EXPECT_EQ(SteadyText("current time 2026-11-28T15:00:00Z"), "now");
}

TEST(SteadyText, LeavesOthersAsTheyAre) {
  for (const char* text : {"", "no endpoints available for service", "-", "current time"}) {
    EXPECT_EQ(SteadyText(text), text);
  }
}

}  // namespace
}  // namespace mpl::plan
