// bench_yardsticks               measures the yardsticks; exit code 1 when a bar does not hold
// bench_yardsticks WORK TIMES    does a piece of work alone (see DoWork), to be counted from
// outside
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "bench/yardsticks/yardsticks.h"

int main(int argc, char** argv) {
  using namespace mpl::bench;
  if (argc == 3) return DoWork(argv[1], std::atoi(argv[2])) ? 0 : 2;
  std::vector<Yardstick> measured;
  try {
    measured = MeasureYardsticks();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_yardsticks: %s\n", error.what());
    return 1;
  }
  bool held = true;
  std::printf("%-28s %10s %10s %10s\n", "yardstick", "value", "bar", "goal");
  for (const Yardstick& one : measured) {
    const char* verdict = !one.HoldsBar() ? "BAR BROKEN: " : one.MeetsGoal() ? "goal met: " : "";
    std::printf("%-28s %10.2f %10.2f %10.2f  %s%s\n", one.name.c_str(), one.value, one.bar,
                one.goal, verdict, one.what.c_str());
    held = held && one.HoldsBar();
  }
  return held ? 0 : 1;
}
