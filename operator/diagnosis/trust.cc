#include "operator/diagnosis/trust.h"

#include <algorithm>

#include "kube/x509/verify.h"

namespace mpl::diagnosis {
namespace {

using x509::Certificate;
using x509::Purpose;
using x509::VerifyChain;
using Chain = std::vector<Certificate>;

// A certificate that was signed by the roots and has run out is not one of unknown origin.
bool WasSignedBy(const Chain& roots, const Chain& chain) {
  const TimePoint while_valid = chain.front().not_after() - std::chrono::seconds(1);
  return VerifyChain(chain, roots, Purpose::kServerAuth, while_valid).has_value();
}

std::string Validity(const Certificate& leaf, TimePoint now) {
  return now < leaf.not_before() ? "not valid before " + FormatRfc3339(leaf.not_before())
                                 : "expired on " + FormatRfc3339(leaf.not_after());
}

}  // namespace

TrustVerdict JudgeByAuthority(const Chain& chain, const std::vector<std::string>& names,
                              const Chain& roots, TimePoint now) {
  const Certificate& leaf = chain.front();
  const auto verified = VerifyChain(chain, roots, Purpose::kServerAuth, now);
  if (!verified) {
    const bool ran_out = WasSignedBy(roots, chain);
    return {ran_out ? Trust::kExpired : Trust::kUnknownSigner, verified.error().message};
  }
  const bool ours = std::ranges::any_of(
      names, [&leaf](const std::string& name) { return !name.empty() && leaf.MatchesName(name); });
  if (ours) return {Trust::kVerified, {}};
  return {Trust::kOtherName,
          "made out to none of the node's names and addresses (" + leaf.DescribeSans() + ")"};
}

TrustVerdict JudgeAuto(const Chain& chain, const std::vector<std::string>& names,
                       const Chain& roots, TimePoint now) {
  const Certificate& leaf = chain.front();
  TrustVerdict verdict = JudgeByAuthority(chain, names, roots, now);
  if (verdict.trust != Trust::kUnknownSigner) return verdict;
  if (VerifyChain(chain, roots, Purpose::kClientAuth, now)) {
    return {Trust::kUnknownSigner, "a client certificate of the cluster, which is no server's"};
  }
  if (now < leaf.not_before() || leaf.not_after() < now) {
    return {Trust::kExpired, Validity(leaf, now)};
  }
  return {Trust::kPinned, verdict.reason};
}

}  // namespace mpl::diagnosis
