#include "kube/http/http_date.h"

#include <gtest/gtest.h>

namespace mpl::http {
namespace {

using namespace std::chrono_literals;

TEST(HttpDate, AgreesWithRfc9110) {
  // Section 5.6.7.
  EXPECT_EQ(HttpDate(std::chrono::sys_days(1994y / 11 / 6) + 8h + 49min + 37s + 999ms),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

}  // namespace
}  // namespace mpl::http
