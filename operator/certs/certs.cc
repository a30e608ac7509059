#include "operator/certs/certs.h"

#include <algorithm>

#include "kube/x509/certificate.h"
#include "kube/x509/verify.h"

namespace mpl::certs {
namespace {

using x509::Certificate;

std::optional<Certificate> First(std::string_view pem) {
  auto parsed = x509::ParsePemCertificates(pem);
  if (!parsed || parsed->empty()) return std::nullopt;
  return parsed->front();
}

// When two thirds of a life are over.
TimePoint Due(const Certificate& certificate) {
  return certificate.not_before() + (certificate.not_after() - certificate.not_before()) / 3 * 2;
}

// When it was made.
TimePoint Made(const Certificate& certificate) { return certificate.not_before() + kBackdate; }

// Empty when it can sign.
std::string FaultOfAuthority(const x509::KeyPair& pair, TimePoint now) {
  if (pair.certificate_pem.empty()) return "there is none";
  const auto certificate = First(pair.certificate_pem);
  if (!certificate) return "it is not a PEM certificate";
  if (!certificate->is_ca()) return "it is not an authority (CA:FALSE)";
  if (now >= certificate->not_after()) {
    return "it expired on " + FormatRfc3339(certificate->not_after());
  }
  if (now < certificate->not_before()) {
    return "it is not valid before " + FormatRfc3339(certificate->not_before());
  }
  return KeyMatches(pair.certificate_pem, pair.private_key_pem)
             ? ""
             : "its key is missing or belongs to another certificate";
}

// What clients trust now and still may: kept when an authority is lost, so that replicas are
// believed until they have read the new certificate.
std::string StillTrusted(const Material& material, TimePoint now) {
  const auto authorities = x509::ParsePemCertificates(material.served_bundle);
  if (!authorities) return {};
  std::string kept;
  for (const Certificate& authority : *authorities) {
    if (authority.is_ca() && now < authority.not_after()) kept += x509::ToPem(authority);
  }
  return kept;
}

bool IsOutOfUse(const std::string& pem, TimePoint now) {
  const auto authorities = x509::ParsePemCertificates(pem);
  return !authorities || std::ranges::all_of(*authorities, [now](const Certificate& authority) {
    return now >= authority.not_after();
  });
}

// Empty when the leaf is as it should be.
std::string FaultOfLeaf(const Material& material, const std::vector<std::string>& names,
                        TimePoint now) {
  const auto leaf = First(material.leaf.certificate_pem);
  const auto authority = First(material.active.certificate_pem);
  if (material.leaf.certificate_pem.empty()) return "there is none";
  if (!leaf || !authority) return "it is not a PEM certificate";
  if (!KeyMatches(material.leaf.certificate_pem, material.leaf.private_key_pem)) {
    return "its key does not belong to it";
  }
  const auto trusted = x509::VerifyChain({*leaf}, {*authority}, x509::Purpose::kServerAuth, now);
  if (!trusted) return trusted.error().message;
  for (const std::string& name : names) {
    if (!leaf->MatchesName(name)) return "it does not name " + name;
  }
  return now >= Due(*leaf) ? "two thirds of its life are over" : "";
}

// "cluster-collector-ca@1763726400": another name for each, as verifiers look authorities up by it,
// and in 64 characters (X.520, ub-common-name) with the longest name of a pipeline.
Result<x509::KeyPair> MakeAuthority(const std::string& name, TimePoint now) {
  const auto made = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch());
  return x509::IssueAuthority(name + "-ca@" + std::to_string(made.count()), now - kBackdate,
                              now + kAuthorityLife);
}

Result<x509::KeyPair> MakeLeaf(const x509::KeyPair& authority, const std::string& name,
                               const std::vector<std::string>& names, TimePoint now) {
  x509::CertificateRequest request;
  request.common_name = name;
  request.dns_names = names;
  request.not_before = now - kBackdate;
  request.not_after = now + kLeafLife;
  return x509::IssueLeaf(authority, request);
}

void Earliest(std::optional<TimePoint>& wake, TimePoint candidate) {
  if (!wake || candidate < *wake) wake = candidate;
}

// Whether the authority is due at `now`; a wake-up time with kKeep. `clock` is what the clock says.
Decision DecideAuthority(const Material& material, TimePoint now, TimePoint clock) {
  if (std::string fault = FaultOfAuthority(material.active, now); !fault.empty()) {
    return {Step::kIssueAll, "authority: " + fault, std::nullopt};
  }
  if (material.next) {
    if (std::string fault = FaultOfAuthority(*material.next, now); !fault.empty()) {
      return {Step::kIssueNext, "next authority: " + fault, std::nullopt};
    }
    if (!material.published_since) return {};
    const TimePoint known = *material.published_since + kPublishTime;
    if (clock < known) return {Step::kKeep, {}, known};
    return {Step::kPromoteNext, "the new authority is in every registration", std::nullopt};
  }
  const TimePoint due = Due(*First(material.active.certificate_pem));
  if (now < due) return {Step::kKeep, {}, due};
  return {Step::kIssueNext, "two thirds of the authority's life are over", std::nullopt};
}

}  // namespace

TimePoint Tolerant(const Material& material, TimePoint now) {
  TimePoint tolerant = now;
  const std::string next = material.next ? material.next->certificate_pem : "";
  for (const std::string& pem :
       {material.active.certificate_pem, next, material.leaf.certificate_pem}) {
    const auto certificate = First(pem);
    if (!certificate || certificate->not_before() >= now + kClockSkew) continue;
    tolerant = std::max(tolerant, certificate->not_before());
  }
  return tolerant;
}

Decision Decide(const Material& material, const std::vector<std::string>& names, TimePoint clock) {
  const TimePoint now = Tolerant(material, clock);
  Decision decision = DecideAuthority(material, now, clock);
  if (decision.step != Step::kKeep) return decision;
  if (std::string fault = FaultOfLeaf(material, names, now); !fault.empty()) {
    return {Step::kSignLeaf, "serving certificate: " + fault, std::nullopt};
  }
  const Certificate leaf = *First(material.leaf.certificate_pem);
  Earliest(decision.wake, Due(leaf));
  if (!material.previous_certificate.empty()) {
    const TimePoint forget = Made(leaf) + kForgetTime;
    if (now >= forget || IsOutOfUse(material.previous_certificate, now)) {
      return {Step::kForgetPrevious, "the old authority is out of use", std::nullopt};
    }
    Earliest(decision.wake, forget);
  }
  return decision;
}

Result<Material> Perform(Step step, const Material& material, const std::string& name,
                         const std::vector<std::string>& names, TimePoint clock) {
  const TimePoint now = Tolerant(material, clock);
  Material changed = material;
  switch (step) {
    case Step::kKeep:
      return changed;
    case Step::kForgetPrevious:
      changed.previous_certificate.clear();
      return changed;
    case Step::kIssueNext: {
      auto authority = MakeAuthority(name, now);
      if (!authority) return std::unexpected(authority.error());
      changed.next = std::move(*authority);
      changed.published_since.reset();
      return changed;
    }
    case Step::kIssueAll: {
      auto authority = MakeAuthority(name, now);
      if (!authority) return std::unexpected(authority.error());
      changed = Material{};
      changed.previous_certificate = StillTrusted(material, now);
      changed.active = std::move(*authority);
      break;
    }
    case Step::kPromoteNext:
      if (!material.next) return Fail(ErrorKind::kInternal, "there is no next authority");
      changed.previous_certificate = material.active.certificate_pem;
      changed.active = *material.next;
      changed.next.reset();
      break;
    case Step::kSignLeaf:
      break;
  }
  auto leaf = MakeLeaf(changed.active, name, names, now);
  if (!leaf) return std::unexpected(leaf.error());
  changed.leaf = std::move(*leaf);
  return changed;
}

Result<Refreshed> Refresh(Material material, const std::string& name,
                          const std::vector<std::string>& names, TimePoint now) {
  Refreshed refreshed{std::move(material), now, {}};
  for (int round = 0; round < 5; ++round) {
    Decision decision = Decide(refreshed.material, names, now);
    if (decision.step == Step::kKeep) {
      refreshed.wake = decision.wake.value_or(now + std::chrono::hours(24));
      return refreshed;
    }
    auto changed = Perform(decision.step, refreshed.material, name, names, now);
    if (!changed) return std::unexpected(changed.error());
    refreshed.material = std::move(*changed);
    refreshed.done.push_back(std::move(decision.why));
  }
  return Fail(ErrorKind::kInternal,
              "issue certificate: the new one does not fit either (" + refreshed.done.back() + ")");
}

std::string Bundle(const Material& material) {
  std::string bundle = material.previous_certificate + material.active.certificate_pem;
  if (material.next) bundle += material.next->certificate_pem;
  return bundle;
}

std::string Overlap(const std::string& wanted, const std::string& registered, TimePoint now) {
  constexpr std::size_t kMostKept = 8;  // a bundle does not grow for ever
  std::string bundle = wanted;
  const auto kept = x509::ParsePemCertificates(registered);
  if (!kept || wanted.empty()) return bundle;
  std::size_t count = 0;
  for (const Certificate& authority : *kept) {
    const std::string pem = x509::ToPem(authority);
    if (now >= authority.not_after() || Contains(bundle, pem)) continue;
    if (++count > kMostKept) break;
    if (!bundle.ends_with('\n')) bundle += '\n';
    bundle += pem;
  }
  return bundle;
}

bool Contains(const std::string& registered, const std::string& wanted) {
  const auto there = x509::ParsePemCertificates(registered);
  const auto needed = x509::ParsePemCertificates(wanted);
  if (!there || !needed || needed->empty()) return false;
  return std::ranges::all_of(*needed, [&](const Certificate& certificate) {
    return std::ranges::any_of(
        *there, [&](const Certificate& other) { return other.sha256() == certificate.sha256(); });
  });
}

Result<Facts> Inspect(std::string_view certificate_pem, std::string_view key_pem,
                      std::string_view authorities_pem, const std::vector<std::string>& names,
                      TimePoint now) {
  const auto chain = x509::ParsePemCertificates(certificate_pem);
  if (!chain) return Within("tls.crt", chain.error());
  const auto authorities = x509::ParsePemCertificates(authorities_pem);
  if (!authorities) return Within("ca.crt", authorities.error());
  if (!KeyMatches(certificate_pem, key_pem)) {
    return Fail(ErrorKind::kInvalid, "tls.key does not belong to tls.crt");
  }
  for (const std::string& name : names) {
    if (chain->front().MatchesName(name)) continue;
    return Fail(ErrorKind::kInvalid, "tls.crt does not name " + name + " (it names " +
                                         chain->front().DescribeSans() + ")");
  }
  const auto trusted = x509::VerifyChain(*chain, *authorities, x509::Purpose::kServerAuth, now);
  if (!trusted) return Within("tls.crt against ca.crt", trusted.error());
  return Facts{chain->front().not_after(), Due(chain->front()), authorities->front().not_after(),
               authorities->front().sha256()};
}

Result<void> InspectClient(std::string_view certificate_pem, std::string_view key_pem,
                           TimePoint now) {
  const auto chain = x509::ParsePemCertificates(certificate_pem);
  if (!chain) return Within("tls.crt", chain.error());
  if (!KeyMatches(certificate_pem, key_pem)) {
    return Fail(ErrorKind::kInvalid, "tls.key does not belong to tls.crt");
  }
  const x509::Certificate& leaf = chain->front();
  if (now >= leaf.not_after()) {
    return Fail(ErrorKind::kInvalid, "tls.crt expired on " + FormatRfc3339(leaf.not_after()));
  }
  if (now + kClockSkew < leaf.not_before()) {
    return Fail(ErrorKind::kInvalid,
                "tls.crt is not valid before " + FormatRfc3339(leaf.not_before()));
  }
  return {};
}

}  // namespace mpl::certs
