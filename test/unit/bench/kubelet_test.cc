#include "bench/kubelets/kubelet.h"

#include <gtest/gtest.h>

namespace mpl::bench {
namespace {

std::string BodyAfter(std::int64_t ms, int pace) {
  constexpr std::int64_t kEpochMs = 1'795'251'240'000;
  const Fleet fleet({.nodes = 1, .pods = 1, .containers = 1}, kEpochMs);
  Counters counters;
  KubeletFace face(fleet, false, pace, counters);
  std::string out;
  face.Answer(0, *ReadQuery("GET /metrics/resource HTTP/1.1\r\n\r\n"), kEpochMs + ms, out);
  return out.substr(out.find("\r\n\r\n"));
}

TEST(Kubelet, TimeInAnswersGoesByAtItsPace) {
  EXPECT_EQ(BodyAfter(15'000, 8), BodyAfter(120'000, 1));
  EXPECT_NE(BodyAfter(15'000, 8), BodyAfter(15'000, 1));
}

}  // namespace
}  // namespace mpl::bench
