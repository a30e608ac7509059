// Does this chain lead to a root that we trust, for this purpose, at this time?
#pragma once

#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/x509/certificate.h"

namespace mpl::x509 {

enum class Purpose { kServerAuth, kClientAuth };

// `chain` leaf first, the rest are intermediates. Names are not looked at: see MatchesName.
// kUntrusted with OpenSSL's reason in plain words ("signed by unknown authority: issuer CN=…",
// "expired on 2026-…", "not for client authentication").
Result<void> VerifyChain(const std::vector<Certificate>& chain,
                         const std::vector<Certificate>& roots, Purpose purpose, TimePoint now);

}  // namespace mpl::x509
