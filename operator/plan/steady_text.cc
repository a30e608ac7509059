#include "operator/plan/steady_text.h"

#include <algorithm>
#include <string_view>

namespace mpl::plan {

std::string SteadyText(std::string text) {
  constexpr std::string_view kArrow = "->", kNow = "current time ";
  for (std::size_t at = text.find(kArrow); at != std::string::npos; at = text.find(kArrow)) {
    const std::size_t blank = at == 0 ? std::string::npos : text.rfind(' ', at - 1);
    const std::size_t begin = blank == std::string::npos ? 0 : blank + 1;
    text.erase(begin, at + kArrow.size() - begin);
  }
  for (std::size_t at = text.find(kNow); at != std::string::npos; at = text.find(kNow, at)) {
    const std::size_t end = std::min(text.find(' ', at + kNow.size()), text.size());
    text.replace(at, end - at, "now");
  }
  return text;
}

}  // namespace mpl::plan
