// Times in header fields: Date, Expires (RFC 9110 §5.6.7).
#pragma once

#include <string>

#include "kube/base/time.h"

namespace mpl::http {

// "Sun, 06 Nov 1994 08:49:37 GMT"; parts of a second are cut off.
std::string HttpDate(TimePoint time);

}  // namespace mpl::http
