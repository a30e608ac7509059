// gzip bodies back into text, by libdeflate. Pure; internal to kube/net.
#pragma once

#include <string>
#include <string_view>

#include "kube/base/error.h"

namespace mpl::net {

// Takes one or more gzip members (RFC 1952), up to a thousand. kMalformed when it is none;
// kRequestTooLarge when the text would exceed `limit_bytes`, of which no more is ever allocated.
Result<std::string> Inflate(std::string_view gzip, std::size_t limit_bytes);

}  // namespace mpl::net
