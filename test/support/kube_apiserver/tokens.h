// ServiceAccount tokens that no server would issue.
#pragma once

#include <string>

#include "kube/base/time.h"

namespace mpl::test {

// The same token (a JWT, ES256), issued an hour before `expires` and signed anew by the key of the
// server. Throws std::runtime_error on what is no such token.
std::string WithExpiry(const std::string& token, const std::string& key_pem, TimePoint expires);

}  // namespace mpl::test
