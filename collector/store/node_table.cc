#include "collector/store/node_table.h"

#include <algorithm>
#include <functional>

namespace mpl::store {
namespace {

// The last tick before what is too old.
Tick OldestAt(MonoTime now, Duration life) {
  const Tick tick = TickOf(now);
  const Tick span = TickFrom(life);
  return tick > span ? tick - span : 0;
}

// What replaced a usage with more containers is on its way: that one is kept for readers who know
// that all of them run.
void KeepBefore(PodHistory& history, const PodUsage& next, bool alive, Tick end, Tick now) {
  if (history.before && (now > history.before_end || !LosesPart(*history.before, next))) {
    history.before.reset();
  }
  if (history.before || !history.kept || !alive || !LosesPart(*history.kept, next)) return;
  history.before = std::move(history.kept);
  history.before_end = end;
  history.outdated.store(false, std::memory_order_relaxed);
}

}  // namespace

void NodeTable::Take(const NodeBatch& batch, const Pace& pace, MonoTime now, Scratch& scratch) {
  const Tick oldest = OldestAt(now, pace.life);
  if (!series_.Matches(batch) || series_.HasOlderThan(oldest)) {
    series_.Rebuild(batch, last_, oldest);
  }
  last_ = TickFrom(now);
  RememberBases(scratch);
  for (std::size_t k = 0; k < batch.containers.size(); ++k) {
    ContainerRow* row = series_.RowOf(k);
    if (row != nullptr) row->rate.Add(batch.containers[k].reading, pace.resolution, now);
  }
  PublishPods(scratch, pace, now);
  rate_.Add(batch.node, pace.resolution, now);
  if (batch.node.has_cpu || batch.node.has_memory) PublishNode(pace, now);
  Count();
}

// Only what /metrics/resource has named: it decides what belongs to a pod.
void NodeTable::TakeSummary(const SummaryBatch& batch, const Pace& pace, MonoTime now,
                            Scratch& scratch) {
  RememberBases(scratch);
  for (const SummaryBatch::Container& entry : batch.containers) {
    const std::uint32_t row = series_.FindRow(entry.ns, entry.pod, entry.container);
    if (row != SeriesTable::kNone) series_.rows()[row].rate.AddSummary(entry.reading);
  }
  PublishPods(scratch, pace, now);
  rate_.AddSummary(batch.node);
  PublishNode(pace, now);
  Count();
}

void NodeTable::ForgetPod(std::string_view ns, std::string_view name) {
  const std::uint32_t pod = series_.FindPod(ns, name);
  if (pod == SeriesTable::kNone) return;
  series_.RemovePod(pod);
  Count();
}

void NodeTable::RememberBases(Scratch& scratch) const {
  scratch.clear();
  for (const ContainerRow& row : series_.rows()) scratch.push_back(row.basis());
}

// Unless time would go back.
void NodeTable::PublishNode(const Pace& pace, MonoTime now) {
  const auto value = rate_.Get();
  if (!value) return;
  const bool alive = served_ && !served_life_.Over(now, pace.life);
  if (alive && value->timestamp < served_->timestamp) return;
  const bool moved_on = !served_ || value->timestamp != served_->timestamp;
  served_ = NodeUsage{value->timestamp, value->window, value->usage};
  served_life_.Renew(now, pace.life, moved_on);
}

void NodeTable::PublishPods(const Scratch& before, const Pace& pace, MonoTime now) {
  for (PodRow& pod : series_.pods()) {
    if (pod.present) PublishPod(pod, before, pace, now);
  }
}

// Mostly all that happens is that each container's value moves on together with its rate.
void NodeTable::PublishPod(PodRow& pod, const Scratch& before, const Pace& pace, MonoTime now) {
  const auto then = [&](const ContainerRow& row) -> const RateTracker::Basis& {
    return before[static_cast<std::size_t>(&row - series_.rows().data())];
  };
  bool whole = true;
  TimePoint time = TimePoint::max();
  TimePoint time_before = TimePoint::max();
  for (const ContainerRow& row : series_.RowsOf(pod)) {
    if (!row.present()) continue;
    const RateTracker::Basis basis = row.basis();
    whole = whole && basis.complete();
    time = std::min(time, basis.timestamp());
    time_before = std::min(time_before, then(row).timestamp());
  }
  if (pod.live && pod.history == nullptr && whole && time >= time_before) {
    pod.life.Renew(now, pace.life, time != time_before);
    return;
  }
  FreezePod(series_, pod, then);
  if (whole) PublishChanged(pod, pace, now);
}

// Unless time would go back. What was served until now is in the history, if anything was.
void NodeTable::PublishChanged(PodRow& pod, const Pace& pace, MonoTime now) {
  PodUsage next;
  ComposePod(series_, pod, std::mem_fn(&ContainerRow::basis), next);
  bool moved_on = true;
  if (pod.history != nullptr) {
    PodHistory& history = *pod.history;
    const bool alive = history.kept && !pod.life.Over(now, pace.life);
    if (alive && next.timestamp < history.kept->timestamp) return;
    moved_on = !history.kept || history.kept->timestamp != next.timestamp;
    KeepBefore(history, next, alive, pod.life.End(pace.life), TickOf(now));
    history.kept.reset();
    if (!history.before) pod.history.reset();
  }
  pod.live = true;
  pod.life.Renew(now, pace.life, moved_on);
}

std::optional<NodeUsage> NodeTable::Node(MonoTime now, Duration life) const {
  if (!served_ || served_life_.Over(now, life)) return std::nullopt;
  return served_;
}

bool NodeTable::CoversAll(const PodRow& pod, std::span<const std::string> names) const {
  const auto rows = series_.RowsOf(pod);
  return std::ranges::all_of(names, [&](const std::string& name) {
    return std::ranges::any_of(rows, [&](const ContainerRow& row) {
      return row.present() && series_.NameOf(row) == name;
    });
  });
}

bool NodeTable::Pod(const PodQuestion& question, std::uint32_t at, MonoTime now, Duration life,
                    PodUsage& out) const {
  if (at == SeriesTable::kNone) {
    at = series_.FindPod(question.ns, question.name);
    if (at == SeriesTable::kNone) return false;
    if (question.bookmark != nullptr) question.bookmark->Leave(series_.MarkOf(at));
  }
  const PodRow& pod = series_.pods()[at];
  PodHistory* const history = pod.history.get();
  const bool alive = pod.served() && !pod.life.Over(now, life);
  if (alive &&
      (pod.live ? CoversAll(pod, question.running) : Covers(*history->kept, question.running))) {
    if (history != nullptr) history->outdated.store(true, std::memory_order_relaxed);
    if (pod.live) {
      ComposePod(series_, pod, std::mem_fn(&ContainerRow::basis), out);
    } else {
      out = *history->kept;
    }
    return true;
  }
  if (history == nullptr || !history->before || TickOf(now) > history->before_end ||
      history->outdated.load(std::memory_order_relaxed) ||
      !Covers(*history->before, question.running)) {
    return false;
  }
  out = *history->before;
  return true;
}

void NodeTable::Count() {
  counts_ = {};
  counts_.node_values = rate_.basis().complete() ? 1 : 0;
  counts_.pods = series_.pods().size();
  counts_.containers = series_.rows().size();
  for (const ContainerRow& row : series_.rows()) {
    if (row.basis().complete()) ++counts_.container_values;
  }
}

}  // namespace mpl::store
