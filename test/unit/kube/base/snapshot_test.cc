#include "kube/base/snapshot.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

namespace mpl {
namespace {

TEST(Snapshot, LeavesReadersTheVersionTheyTook) {
  Snapshot<std::string> snapshot("one");
  const auto taken = snapshot.Get();

  snapshot.Set("two");

  EXPECT_EQ(*taken, "one");
  EXPECT_EQ(*snapshot.Get(), "two");
}

TEST(Snapshot, IsNeverNull) { EXPECT_EQ(*Snapshot<int>().Get(), 0); }

TEST(Snapshot, NeverShowsAnOlderVersionAfterANewerOne) {
  Snapshot<int> snapshot(0);
  std::thread writer([&] {
    for (int i = 1; i <= 10'000; ++i) snapshot.Set(i);
  });
  int last = 0;
  while (last < 10'000) {
    const int seen = *snapshot.Get();
    ASSERT_GE(seen, last);
    last = seen;
  }
  writer.join();
}

}  // namespace
}  // namespace mpl
