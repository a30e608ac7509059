// Figures of our own that need no other server and hardly depend on the computer: ratios of two
// times taken side by side, and counts. Each has a bar that must hold (a change that breaks it by
// more than noise fails the build) and a goal that may still lie ahead.
#pragma once

#include <string>
#include <vector>

namespace mpl::bench {

enum class Better { kHigher, kLower };

struct Yardstick {
  std::string name;
  std::string what;
  double value = 0;
  double bar = 0;
  double goal = 0;
  Better better = Better::kLower;
  bool HoldsBar() const { return better == Better::kLower ? value <= bar : value >= bar; }
  bool MeetsGoal() const { return better == Better::kLower ? value <= goal : value >= goal; }
};

// Takes some 20 s, most of them waiting for the simulator's kubelets. Throws std::runtime_error
// when these cannot be had.
std::vector<Yardstick> MeasureYardsticks();

// Does one piece of work so many times and nothing else, for those who count instructions: "parse"
// (a body of 30 pods × 2), "list_json", "list_protobuf" (900 pods × 2). False for another name.
bool DoWork(const std::string& name, int times);

}  // namespace mpl::bench
