// A list that is being written, piece by piece: it never stands in memory whole.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/handlers/answer_writer.h"
#include "collector/handlers/list_options.h"
#include "collector/handlers/metrics_api.h"

namespace mpl::handlers {

// Holds the objects as they were when it was asked for; usage is read when an object's turn comes.
// `Kind` (Nodes or Pods) finds an object's usage. Not thread-safe.
//
// A representation that has to know its length first (protobuf) is gone through twice, save for the
// part that fits into the first piece: most lists do, and are written once. From the second part
// the usages that were measured are kept, so that the bytes are those that were counted.
template <class Kind>
class Listing {
 public:
  using Stored = typename Kind::Stored;
  using Usage = typename Kind::Usage;
  using Objects = std::vector<std::shared_ptr<const Stored>>;

  Listing(MetricsApi::Sources sources, ListOptions options, Moment now,
          std::unique_ptr<AnswerWriter> writer, Objects objects)
      : sources_(std::move(sources)),
        options_(std::move(options)),
        now_(now),
        writer_(std::move(writer)),
        objects_(std::move(objects)) {}

  bool ended() const { return phase_ == Phase::kEnded; }

  // Appends the next piece, or nothing while it is still measuring. False: there is no more.
  bool Fill(std::string& piece) {
    switch (phase_) {
      case Phase::kBegin:
        Begin(piece);
        return true;
      case Phase::kMeasure:
        Measure(piece);
        return true;
      case Phase::kWrite:
        Write(piece);
        return true;
      case Phase::kEnded:
        return false;
    }
    return false;
  }

 private:
  enum class Phase { kBegin, kMeasure, kWrite, kEnded };
  // A piece of a long list: bounds what one slow reader costs.
  static constexpr std::size_t kPieceBytes = 192U << 10U;
  // Enough to fill a good part of a piece.
  static constexpr std::size_t kManyObjects = 250;
  // How many objects are measured at a time: others want to be served in between.
  static constexpr std::size_t kSlice = 2'000;

  void Begin(std::string& piece) {
    if (!writer_->MeasuresFirst()) {
      writer_->Begin(piece, 0);
      return Write(piece);
    }
    AppendItems(first_);
    phase_ = Phase::kMeasure;
    if (next_ == objects_.size()) Measure(piece);
  }

  void Measure(std::string& piece) {
    std::string bytes;
    for (const std::size_t end = std::min(objects_.size(), next_ + kSlice); next_ < end; ++next_) {
      auto object = std::exchange(objects_[next_], nullptr);
      if (!Find(*object)) continue;
      bytes.clear();
      writer_->Append(bytes, Kind::View(*object, usage_));
      measured_bytes_ += bytes.size();
      objects_[usages_.size()] = std::move(object);
      usages_.push_back(usage_);
    }
    if (next_ < objects_.size()) return;
    objects_.resize(usages_.size());
    next_ = 0;
    writer_->Begin(piece, first_.size() + measured_bytes_);
    piece += std::exchange(first_, {});
    Write(piece);
  }

  void Write(std::string& piece) {
    AppendItems(piece);
    phase_ = Phase::kWrite;
    if (next_ < objects_.size()) return;
    writer_->End(piece);
    phase_ = Phase::kEnded;
  }

  void AppendItems(std::string& piece) {
    if (objects_.size() - next_ >= kManyObjects) piece.reserve(kPieceBytes + kPieceBytes / 8);
    for (; next_ < objects_.size() && piece.size() < kPieceBytes; ++next_) {
      // Let go of each as it is done: a slow reader must not hold on to a cluster of old objects.
      const auto object = std::exchange(objects_[next_], nullptr);
      if (!usages_.empty()) {
        writer_->Append(piece, Kind::View(*object, usages_[next_]));
        usages_[next_] = {};
      } else if (Find(*object)) {
        writer_->Append(piece, Kind::View(*object, usage_));
      }
    }
  }

  // Into `usage_`. False: this object is not part of the answer.
  bool Find(const Stored& object) {
    if (!options_.Match(object.meta) || !Kind::Wanted(sources_, object)) return false;
    if (!Kind::FindUsage(sources_, object, now_.steady, usage_)) return false;
    if (sources_.observe_age) sources_.observe_age(now_.wall - usage_.timestamp);
    return true;
  }

  MetricsApi::Sources sources_;
  ListOptions options_;
  Moment now_;
  std::unique_ptr<AnswerWriter> writer_;
  Objects objects_;
  std::size_t next_ = 0;
  Phase phase_ = Phase::kBegin;
  Usage usage_;  // of the object whose turn it is
  // Only where the writer measures first.
  std::string first_;
  std::vector<Usage> usages_;  // of objects_, once they are measured
  std::size_t measured_bytes_ = 0;
};

}  // namespace mpl::handlers
