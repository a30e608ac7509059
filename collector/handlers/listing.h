// A list that is being written, piece by piece: it never stands in memory whole.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/handlers/answer_writer.h"
#include "collector/handlers/list_options.h"
#include "collector/handlers/metrics_api.h"
#include "kube/base/prefetch.h"

namespace mpl::handlers {

// So many objects' usages are found together (see MetricStore::GetPods).
inline constexpr std::size_t kTogether = store::MetricStore::kPodsAtOnce;
using Found = store::MetricStore::Found;

// Objects and their usage are read when their turn comes. `Kind` (Nodes or Pods) finds the usages
// of objects. Not thread-safe.
//
// A representation whose first bytes say how long it is (protobuf) waits in memory until its end is
// known, 250 bytes a pod; of all others there is one piece at a time.
template <class Kind>
class Listing {
 public:
  using Stored = typename Kind::Stored;
  using Usage = typename Kind::Usage;
  using Objects = std::vector<std::shared_ptr<const Stored>>;
  // The next objects behind `last` (null: the first ones), in order; none: there are no more. So a
  // slow reader does not hold on to a cluster of old objects.
  using NextPart = std::function<Objects(const Stored* last)>;

  Listing(MetricsApi::Sources sources, ListOptions options, Moment now,
          std::unique_ptr<AnswerWriter> writer, NextPart next_part)
      : sources_(std::move(sources)),
        options_(std::move(options)),
        now_(now),
        writer_(std::move(writer)),
        next_part_(std::move(next_part)) {}

  // Appends the next piece, or nothing while the first is not known yet. False: it was the last.
  bool Fill(std::string& piece) {
    work_left_ = kWorkAtOnce;
    ages_.clear();
    if (writer_->LengthFirst()) {
      FillBehindLength(piece);
    } else {
      if (phase_ == Phase::kBegin) writer_->Begin(piece, 0);
      phase_ = Phase::kWrite;
      if (AppendItems(piece)) End(piece);
    }
    if (!ages_.empty()) sources_.observe_ages(ages_);
    return phase_ != Phase::kEnded;
  }

 private:
  enum class Phase { kBegin, kWrite, kEnded };
  // A piece of a long list: bounds what one slow reader costs.
  static constexpr std::size_t kPieceBytes = 192U << 10U;
  // In one call: a millisecond, however little of what is looked at belongs into the answer. A
  // selector may have thousands of requirements, and each object is held against all of them.
  static constexpr std::size_t kWorkAtOnce = 50'000;
  static constexpr std::size_t kWorkOfObject = 16;  // next to that of one requirement
  // Enough to fill a good part of a piece.
  static constexpr std::size_t kManyObjects = 250;

  // One piece a call, written or sent: others want to be served in between.
  void FillBehindLength(std::string& piece) {
    if (phase_ == Phase::kBegin) {
      std::string& next = waiting_.emplace_back();
      const bool last = AppendItems(next);
      waiting_bytes_ += next.size();
      if (next.empty()) waiting_.pop_back();
      if (!last) return;
      writer_->Begin(piece, waiting_bytes_);
      phase_ = Phase::kWrite;
    }
    if (!waiting_.empty()) {
      piece.empty() ? piece.swap(waiting_.front()) : void(piece += waiting_.front());
      waiting_.pop_front();
    }
    if (waiting_.empty()) End(piece);
  }

  void End(std::string& piece) {
    writer_->End(piece);
    phase_ = Phase::kEnded;
  }

  // Until the piece is full or that was work enough. True: there are no more.
  bool AppendItems(std::string& piece) {
    while (piece.size() < kPieceBytes) {
      if (!Next()) return exhausted_;
      if (part_.size() - next_ >= kManyObjects) piece.reserve(kPieceBytes + kPieceBytes / 8);
      const Usage& usage = usages_[turn_];
      writer_->Append(piece, Kind::View(*together_[turn_], usage));
    }
    return false;
  }

  // Sets `turn_` to the next object with a usage. False: there are no more, or not now.
  bool Next() {
    do {
      if (++turn_ >= together_.size() && !Take()) return false;
    } while (!found_[turn_]);
    return true;
  }

  // The next objects that are part of the answer, with their usages. False: there are none, or
  // none among those that could be looked at.
  bool Take() {
    together_.clear();
    turn_ = 0;
    for (std::size_t k = next_; k < std::min(part_.size(), next_ + kTogether); ++k) {
      Prefetch(part_[k].get(), sizeof(Stored));
    }
    while (together_.size() < kTogether && work_left_ > 0 && (next_ < part_.size() || TakePart())) {
      auto object = std::move(part_[next_++]);
      work_left_ -= std::min(work_left_, kWorkOfObject + options_.size());
      if (options_.Match(ItemMeta::Of(object->meta)) && Kind::Wanted(sources_, *object)) {
        together_.push_back(std::move(object));
      }
    }
    found_ = Kind::FindUsages(sources_, together_, now_.steady, usages_);
    if (sources_.observe_ages) NoteAges();
    return !together_.empty();
  }

  void NoteAges() {
    for (std::size_t k = 0; k < together_.size(); ++k) {
      if (found_[k]) ages_.push_back(now_.wall - usages_[k].timestamp);
    }
  }

  bool TakePart() {
    if (exhausted_) return false;
    part_ = next_part_(last_.get());
    next_ = 0;
    exhausted_ = part_.empty();
    if (!exhausted_) last_ = part_.back();
    return !exhausted_;
  }

  MetricsApi::Sources sources_;
  ListOptions options_;
  Moment now_;
  std::unique_ptr<AnswerWriter> writer_;
  NextPart next_part_;
  Objects part_;
  std::size_t next_ = 0;  // of part_
  std::shared_ptr<const Stored> last_;
  bool exhausted_ = false;
  Objects together_;
  std::array<Usage, kTogether> usages_;  // of together_, where found_
  Found found_;
  std::size_t turn_ = 0;        // of together_
  std::size_t work_left_ = 0;   // of this call
  std::vector<Duration> ages_;  // of what this call has found
  Phase phase_ = Phase::kBegin;
  // Only where the length comes first.
  std::deque<std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
};

}  // namespace mpl::handlers
