// For unordered maps by text that are asked with views: no string is made for the question.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

namespace mpl {

// The other half is std::equal_to<>.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

}  // namespace mpl
