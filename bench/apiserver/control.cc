#include "bench/apiserver/control.h"

namespace mpl::bench {

ControlAnswer ApiControl::Answer(const Query& query, std::int64_t now_ms) {
  if (query.path == "/counters") return {.body = counters_.ToJson()};
  const auto number = [&query](std::string_view name, int fallback) {
    return NumberParameter(query.query, name, fallback);
  };
  const NodeRange range{number("from", 0), number("count", 1)};
  const bool present = number("present", 1) != 0;
  if (query.path == "/replace") {
    registry_.ReplacePods(range.count, now_ms);
  } else if (query.path == "/restart") {
    registry_.RestartPods(range.count, now_ms);
  } else if (query.path == "/present") {
    registry_.SetPresent(range, number("slot", 0), present, now_ms);
  } else if (query.path == "/nodes") {
    registry_.SetNodes(range, present);
  } else if (query.path == "/touch") {
    registry_.TouchNodes(range, now_ms);
  } else {
    return {.status = 404, .body = "see bench/apiserver/control.h\n"};
  }
  return {.body = "{\"version\":" + std::to_string(registry_.version()) + "}"};
}

}  // namespace mpl::bench
