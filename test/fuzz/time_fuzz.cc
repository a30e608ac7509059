// RFC 3339 times and Go durations: what we write reads back as itself.
#include "kube/base/time.h"

#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {

void Check(std::string_view input) {
  using std::chrono::floor;
  if (const auto time = ParseRfc3339(input)) {
    Require(ParseRfc3339(FormatRfc3339(*time)) == floor<std::chrono::seconds>(*time),
            "a metav1.Time reads back, cut off to the second");
    Require(ParseRfc3339(FormatRfc3339Micro(*time)) == floor<std::chrono::microseconds>(*time),
            "a metav1.MicroTime reads back, cut off to the microsecond");
    Require(input.size() >= 20 && input[4] == '-' && input[13] == ':', "a time looks like one");
  }
  if (const auto duration = ParseGoDuration(input)) {
    Require(ParseGoDuration(FormatGoDuration(*duration)) == duration, "a duration reads back");
  }
}

}  // namespace mpl::fuzz
