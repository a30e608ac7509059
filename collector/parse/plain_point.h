// The short way through the end of a line: the form in which kubelets write nearly all points.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mpl::parse {

// What stands behind the labels of a sample: a value, a blank and a time of 13 digits, or the value
// alone, up to the end of the line.
struct PlainPoint {
  std::uint64_t value = 0;  // × 10^scale
  std::int64_t millis = 0;  // 0: no time
  std::size_t length = 0;   // with the newline; 0: it stands there in another form, or wrong
};
// `scale` from 0 to 9. Gives what ParseScaled and ParseMillis (number.h) would give, or a length of
// 0: then it is up to those.
PlainPoint ReadPlainPoint(std::string_view text, int scale);

}  // namespace mpl::parse
