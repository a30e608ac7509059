// A list that is being written, piece by piece: it never stands in memory whole.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collector/handlers/answer_writer.h"
#include "collector/handlers/list_options.h"
#include "collector/handlers/metrics_api.h"

namespace mpl::handlers {

// Objects and their usage are read when their turn comes. `Kind` (Nodes or Pods) finds an object's
// usage. Not thread-safe.
//
// A representation that has to know its length first (protobuf) is gone through twice, save for the
// part that fits into the first piece: most lists do, and are written once. From the second part
// the objects and usages that were measured are kept, so that the bytes are those that were
// counted.
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
    if (exhausted_) Measure(piece);
  }

  void Measure(std::string& piece) {
    std::string bytes;
    for (std::size_t i = 0; i < kSlice; ++i) {
      auto object = Next();
      if (object == nullptr) break;
      if (!Find(*object)) continue;
      bytes.clear();
      writer_->Append(bytes, Kind::View(*object, usage_));
      measured_bytes_ += bytes.size();
      measured_.push_back(std::move(object));
      usages_.push_back(usage_);
    }
    if (!exhausted_) return;
    writer_->Begin(piece, first_.size() + measured_bytes_);
    piece += std::exchange(first_, {});
    Write(piece);
  }

  void Write(std::string& piece) {
    phase_ = Phase::kWrite;
    AppendMeasured(piece);
    AppendItems(piece);
    if (written_ < measured_.size() || !exhausted_) return;
    writer_->End(piece);
    phase_ = Phase::kEnded;
  }

  void AppendMeasured(std::string& piece) {
    if (measured_.size() - written_ >= kManyObjects) Reserve(piece);
    for (; written_ < measured_.size() && piece.size() < kPieceBytes; ++written_) {
      writer_->Append(piece, Kind::View(*measured_[written_], usages_[written_]));
      measured_[written_] = nullptr;
      usages_[written_] = {};
    }
  }

  void AppendItems(std::string& piece) {
    while (piece.size() < kPieceBytes) {
      const auto object = Next();
      if (object == nullptr) return;
      if (part_.size() - next_ >= kManyObjects) Reserve(piece);
      if (Find(*object)) writer_->Append(piece, Kind::View(*object, usage_));
    }
  }

  static void Reserve(std::string& piece) { piece.reserve(kPieceBytes + kPieceBytes / 8); }

  // Null: there are no more.
  std::shared_ptr<const Stored> Next() {
    if (next_ == part_.size() && !exhausted_) {
      part_ = next_part_(last_.get());
      next_ = 0;
      exhausted_ = part_.empty();
      if (!exhausted_) last_ = part_.back();
    }
    if (exhausted_) return nullptr;
    return std::move(part_[next_++]);
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
  NextPart next_part_;
  Objects part_;
  std::size_t next_ = 0;  // of part_
  std::shared_ptr<const Stored> last_;
  bool exhausted_ = false;
  Phase phase_ = Phase::kBegin;
  Usage usage_;  // of the object whose turn it is
  // Only where the writer measures first.
  std::string first_;
  Objects measured_;
  std::vector<Usage> usages_;  // of measured_
  std::size_t written_ = 0;    // of measured_
  std::size_t measured_bytes_ = 0;
};

}  // namespace mpl::handlers
