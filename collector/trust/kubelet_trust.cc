#include "collector/trust/kubelet_trust.h"

#include <algorithm>

#include "kube/x509/verify.h"

namespace mpl::trust {
namespace {

using x509::Certificate;
using x509::Purpose;
using x509::VerifyChain;
using Chain = std::vector<Certificate>;

std::string Describe(const Certificate& leaf) {
  return "subject " + leaf.subject() + ", issuer " + leaf.issuer() + ", names " +
         leaf.DescribeSans();
}

Verdict Refuse(const Certificate& leaf, const KubeletIdentity& identity, ScrapeFailure reason,
               const std::string& why) {
  const std::string what = "node " + identity.node + " at " + identity.dialled +
                           " presented a certificate (" + Describe(leaf) +
                           ") that is refused: " + why;
  return {VerdictKind::kRefused, std::nullopt, MakeFault(reason, what), leaf.subject(),
          leaf.issuer()};
}

Verdict Accept(const Certificate& leaf, VerdictKind kind, std::optional<Pin> pin = std::nullopt) {
  return {kind, std::move(pin), std::nullopt, leaf.subject(), leaf.issuer()};
}

bool BelongsTo(const Certificate& leaf, const KubeletIdentity& identity) {
  const auto matches = [&leaf](const std::string& name) {
    return !name.empty() && leaf.MatchesName(name);
  };
  return matches(identity.dialled) || matches(identity.node) ||
         std::ranges::any_of(identity.names, matches);
}

bool ValidAt(const Certificate& leaf, TimePoint now) {
  return leaf.not_before() <= now && now <= leaf.not_after();
}

std::string Validity(const Certificate& leaf, TimePoint now) {
  return now < leaf.not_before() ? "not valid before " + FormatRfc3339(leaf.not_before())
                                 : "expired on " + FormatRfc3339(leaf.not_after());
}

// Signed by our roots, if one looks away from the time.
bool WasSignedBy(const std::vector<Certificate>& roots, const Chain& chain) {
  const TimePoint while_valid = chain.front().not_after() - std::chrono::seconds(1);
  return VerifyChain(chain, roots, Purpose::kServerAuth, while_valid).has_value();
}

// A client certificate of the cluster (every kubelet has one) must not open the door of first
// contact: its signer said what it is for.
bool IsForClients(const std::vector<Certificate>& roots, const Chain& chain, TimePoint now) {
  return VerifyChain(chain, roots, Purpose::kClientAuth, now).has_value();
}

bool IsKnownToDiffer(const std::string& before, const std::string& after) {
  return !before.empty() && !after.empty() && before != after;
}

bool SameNodeSinceBoot(const Pin& pin, const std::string& boot_id, const std::string& uid) {
  return !IsKnownToDiffer(pin.boot_id, boot_id) && !IsKnownToDiffer(pin.node_uid, uid);
}
bool SameNodeSinceBoot(const Pin& pin, const KubeletIdentity& identity) {
  return SameNodeSinceBoot(pin, identity.boot_id, identity.uid);
}

Pin MakePin(const Certificate& leaf, const KubeletIdentity& identity, TimePoint now) {
  return {.public_key_sha256 = leaf.public_key_sha256(),
          .boot_id = identity.boot_id,
          .node_uid = identity.uid,
          .pinned_at = FormatRfc3339(now),
          .subject = leaf.subject(),
          .issuer = leaf.issuer()};
}

// What the cluster's authority vouches for is noted too: else anybody in the kubelet's place could
// present a certificate of his own, and be a first contact.
Verdict AcceptVerified(const Certificate& leaf, const KubeletIdentity& identity, TrustMode mode,
                       const Pin* pin, TimePoint now) {
  const bool noted = pin != nullptr && pin->public_key_sha256 == leaf.public_key_sha256() &&
                     SameNodeSinceBoot(*pin, identity);
  if (noted || mode != TrustMode::kAuto) return Accept(leaf, VerdictKind::kVerified);
  Pin fresh = MakePin(leaf, identity, now);
  fresh.vouched_for = true;
  fresh.subject.clear();
  fresh.issuer.clear();
  return Accept(leaf, VerdictKind::kVerified, std::move(fresh));
}

// The node's own word for it: a certificate that nobody vouches for.
Verdict JudgeByPin(const Certificate& leaf, const KubeletIdentity& identity, const Pin* pin,
                   TimePoint now) {
  if (pin != nullptr && pin->public_key_sha256 == leaf.public_key_sha256()) {
    std::optional<Pin> refreshed;
    if (!SameNodeSinceBoot(*pin, identity)) refreshed = MakePin(leaf, identity, now);
    return Accept(leaf, VerdictKind::kPinMatched, std::move(refreshed));
  }
  if (pin != nullptr && SameNodeSinceBoot(*pin, identity)) {
    return Refuse(leaf, identity, ScrapeFailure::kKubeletKeyChanged,
                  "its key is not the one pinned on " + pin->pinned_at +
                      (pin->subject.empty() ? "" : " (subject " + pin->subject + ")") +
                      ", and the node has not rebooted since");
  }
  if (!ValidAt(leaf, now)) {
    return Refuse(leaf, identity, ScrapeFailure::kCertificateExpired, Validity(leaf, now));
  }
  return Accept(leaf, VerdictKind::kPinNew, MakePin(leaf, identity, now));
}

}  // namespace

bool MayStore(const Verdict& verdict, const Pin* known) {
  if (verdict.kind != VerdictKind::kPinNew || known == nullptr) return true;
  const Pin& fresh = *verdict.pin;
  return known->public_key_sha256 == fresh.public_key_sha256 ||
         !SameNodeSinceBoot(*known, fresh.boot_id, fresh.node_uid);
}

std::string_view Name(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kVerified:
      return "Verified";
    case VerdictKind::kPinMatched:
    case VerdictKind::kPinNew:
      return "Pinned";
    case VerdictKind::kInsecure:
      return "Insecure";
    case VerdictKind::kRefused:
      break;
  }
  return "Refused";
}

Verdict JudgeKubelet(const Chain& chain, const KubeletIdentity& identity, const TrustRules& rules,
                     const Pin* pin, TimePoint now) {
  if (chain.empty()) {
    return {VerdictKind::kRefused,
            std::nullopt,
            MakeFault(
                ScrapeFailure::kUntrustedCertificate,
                "node " + identity.node + " at " + identity.dialled + " presented no certificate"),
            {},
            {}};
  }
  const Certificate& leaf = chain.front();
  if (rules.mode == TrustMode::kInsecure) return Accept(leaf, VerdictKind::kInsecure);
  const auto verified = VerifyChain(chain, rules.roots, Purpose::kServerAuth, now);
  if (verified) {
    if (BelongsTo(leaf, identity)) return AcceptVerified(leaf, identity, rules.mode, pin, now);
    return Refuse(leaf, identity, ScrapeFailure::kNameMismatch,
                  "it is made out to none of the node's names and addresses");
  }
  if (WasSignedBy(rules.roots, chain)) {
    return Refuse(leaf, identity, ScrapeFailure::kCertificateExpired, verified.error().message);
  }
  if (rules.mode == TrustMode::kAuto && !IsForClients(rules.roots, chain, now)) {
    return JudgeByPin(leaf, identity, pin, now);
  }
  return Refuse(leaf, identity, ScrapeFailure::kUntrustedCertificate, verified.error().message);
}

}  // namespace mpl::trust
