#include "kube/machinery/event_series.h"

namespace mpl::machinery {

EventSeries::Decision EventSeries::Occurred(const std::string& key, MonoTime now) {
  std::erase_if(series_, [&](const auto& entry) { return now - entry.second.first >= kWindow; });
  const auto [entry, fresh] =
      series_.try_emplace(key, State{.first = now, .written = now, .event_name = {}});
  State& state = entry->second;
  if (fresh) return {Write::kNew, 1};
  ++state.count;
  const bool due = state.count == 2 || now - state.written >= kWriteEvery;
  if (!due || state.event_name.empty()) return {Write::kNothing, state.count, state.event_name};
  state.written = now;
  return {Write::kCount, state.count, state.event_name};
}

void EventSeries::Named(const std::string& key, std::string event_name) {
  const auto found = series_.find(key);
  if (found != series_.end()) found->second.event_name = std::move(event_name);
}

}  // namespace mpl::machinery
