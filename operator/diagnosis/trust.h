// Would a collector believe this kubelet's certificate, in each mode of spec.tls.kubelet?
//
// The same rules as the collector's own (collector/trust), without a memory of pins: for a kubelet
// that signs its own certificate Auto answers "pinned on first contact". Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/base/time.h"
#include "kube/x509/certificate.h"

namespace mpl::diagnosis {

enum class Trust {
  kVerified,
  kPinned,  // Auto only
  kUnknownSigner,
  kOtherName,  // trusted, but none of the node's names and addresses is in it
  kExpired,    // or not valid yet
};

struct TrustVerdict {
  Trust trust = Trust::kUnknownSigner;
  std::string reason;  // in words; empty when verified
  bool accepted() const { return trust == Trust::kVerified || trust == Trust::kPinned; }
};

// Against authorities (modes ClusterCA and CustomCA). `chain` leaf first and not empty; `names` are
// all that the node is called.
TrustVerdict JudgeByAuthority(const std::vector<x509::Certificate>& chain,
                              const std::vector<std::string>& names,
                              const std::vector<x509::Certificate>& roots, TimePoint now);
// Mode Auto; `roots` are the cluster's.
TrustVerdict JudgeAuto(const std::vector<x509::Certificate>& chain,
                       const std::vector<std::string>& names,
                       const std::vector<x509::Certificate>& roots, TimePoint now);

}  // namespace mpl::diagnosis
