// Whose certificate is believed to be a kubelet's.
//
// Most kubelets sign their own serving certificate, some get one from the cluster's authority. Auto
// believes the second kind as usual, and the first kind as ssh does: the key of first contact is
// remembered and another one is refused for as long as the node is the same and has not rebooted.
// The keys of the first kind are remembered as well: a kubelet that the authority has vouched for
// is nobody's first contact any more. Pure: no socket, no clock. Called from inside the handshake,
// so that no token leaves before.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collector/trust/failure.h"
#include "collector/trust/pin_book.h"
#include "kube/base/time.h"
#include "kube/x509/certificate.h"

namespace mpl::trust {

enum class TrustMode { kAuto, kClusterCa, kCustomCa, kInsecure };

// Who should be answering.
struct KubeletIdentity {
  std::string node;
  std::string uid;                 // of the Node object
  std::string boot_id;             // status.nodeInfo.bootID; empty: not reported
  std::string dialled;             // address that was connected to
  std::vector<std::string> names;  // every other address and host name of the node
};

// What to judge by.
struct TrustRules {
  TrustMode mode = TrustMode::kAuto;
  // The cluster's authorities, or the custom ones: as the mode says.
  std::vector<x509::Certificate> roots;
};

enum class VerdictKind { kVerified, kPinMatched, kPinNew, kRefused, kInsecure };
// "Verified", "Pinned", "Refused", "Insecure": for /status.
std::string_view Name(VerdictKind kind);

struct Verdict {
  VerdictKind kind = VerdictKind::kRefused;
  // To be stored. kPinNew: always. kPinMatched: only when the node has rebooted or was made anew
  // with its old key. kVerified: in Auto, when another key or none is remembered.
  std::optional<Pin> pin;
  // Why it was refused.
  std::optional<ScrapeFault> fault;
  // Of the certificate that was presented; empty when none was.
  std::string subject;
  std::string issuer;

  bool accepted() const { return kind != VerdictKind::kRefused; }
};

// Whether a verdict's pin may be stored over what is remembered by now: not when somebody else has
// met another key meanwhile, at the first contact of the same node.
bool MayStore(const Verdict& verdict, const Pin* known);

// `chain` leaf first. `pin` is what is remembered of this node, or null.
Verdict JudgeKubelet(const std::vector<x509::Certificate>& chain, const KubeletIdentity& identity,
                     const TrustRules& rules, const Pin* pin, TimePoint now);

}  // namespace mpl::trust
