#include "kube/machinery/event_series.h"

#include <gtest/gtest.h>

namespace mpl::machinery {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Write = EventSeries::Write;

const MonoTime kNow{std::chrono::hours(1)};

TEST(EventSeries, WritesTheFirstThenCountsSparingly) {
  EventSeries series;
  EXPECT_EQ(series.Occurred("a", kNow).write, Write::kNew);
  series.Named("a", "a.1");

  const auto second = series.Occurred("a", kNow + seconds(1));
  EXPECT_EQ(second.write, Write::kCount);
  EXPECT_EQ(second.count, 2);
  EXPECT_EQ(second.event_name, "a.1");
  EXPECT_EQ(series.Occurred("a", kNow + seconds(2)).write, Write::kNothing);
  const auto later = series.Occurred("a", kNow + seconds(61));
  EXPECT_EQ(later.write, Write::kCount);
  EXPECT_EQ(later.count, 4);
}

TEST(EventSeries, BeginsANewEventAfterTenMinutes) {
  EventSeries series;
  series.Occurred("a", kNow);
  EXPECT_NE(series.Occurred("a", kNow + minutes(10) - seconds(1)).write, Write::kNew);
  EXPECT_EQ(series.Occurred("a", kNow + minutes(10)).write, Write::kNew);
}

TEST(EventSeries, KeepsKeysApartAndTriesAgainAfterAFailure) {
  EventSeries series;
  series.Occurred("a", kNow);
  EXPECT_EQ(series.Occurred("b", kNow).write, Write::kNew);
  EXPECT_EQ(series.Occurred("a", kNow).write, Write::kNothing) << "not yet named";
  series.Forget("a");
  EXPECT_EQ(series.Occurred("a", kNow).write, Write::kNew);
}

}  // namespace
}  // namespace mpl::machinery
