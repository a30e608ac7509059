// What these programs call themselves.
#pragma once

#include <string_view>

namespace mpl {

inline constexpr std::string_view kVersion = "0.1.0";

// The commit that was built, or "unknown" when the sources came without git.
std::string_view Commit();

}  // namespace mpl
