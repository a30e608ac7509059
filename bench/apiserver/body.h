// A body that is made while it is sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace mpl::bench {

// Pieces are about so long: what a connection holds of an answer.
inline constexpr std::size_t kPieceBytes = std::size_t{32} << 10U;

class Body {
 public:
  virtual ~Body() = default;

  enum class Outcome {
    kMore,  // there is a piece, and there will be another one
    kWait,  // what has been appended is all for now
    kEnd,   // likewise, for ever
  };
  // Appends a piece to `piece`. A body that waits is asked again when the registry has changed, and
  // every second.
  virtual Outcome Next(std::int64_t now_ms, std::string& piece) = 0;
};

}  // namespace mpl::bench
