// The metrics API's own certificate authority and serving certificate, rotated without a gap.
//
// Life of an authority: issued for a year; at two thirds of it a successor is issued and published
// beside it, so that kube-apiserver trusts both; once every registration has been seen with it for
// a minute the serving certificate is signed by the successor; one hour after that the predecessor
// is forgotten. The serving certificate lives 30 days and is renewed at two thirds. (The scheme is
// cert-manager's, with the overlap made explicit.)
//
// Decide() says what is due and is a function of (state, now) alone; Perform() does one step and is
// where keys are made. Everything that has to survive a restart stands in the two Secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/objects/meta.h"
#include "kube/x509/issue.h"

namespace mpl::certs {

inline constexpr auto kAuthorityLife = std::chrono::days(365);
inline constexpr auto kLeafLife = std::chrono::days(30);
// Certificates begin a little in the past, for clocks that lag.
inline constexpr auto kBackdate = std::chrono::minutes(5);
// What an operator finds "not valid yet" by less than this was made by one whose clock is ahead: it
// is kept. By more, no kube-apiserver with a right clock believes it either: it is made anew.
inline constexpr auto kClockSkew = std::chrono::hours(1);
// From seeing a new authority in the registrations to using it: every kube-apiserver has read them.
inline constexpr auto kPublishTime = std::chrono::minutes(1);
// From using it to forgetting the old one: every replica has read the new Secret.
inline constexpr auto kForgetTime = std::chrono::hours(1);

struct Material {
  x509::KeyPair active;               // signs; secret
  std::optional<x509::KeyPair> next;  // published, not yet used
  std::string previous_certificate;   // PEM, still trusted; empty when there is none
  x509::KeyPair leaf;                 // what the collector serves with
  std::string served_bundle;          // ca.crt beside the leaf: what clients trust at the moment

  // Observed, not stored: since when every registration of ours is seen to carry Bundle(); nothing
  // while one does not. A caller that has just started counts from its start.
  std::optional<TimePoint> published_since = std::nullopt;
};

enum class Step {
  kKeep,
  kIssueAll,        // nothing usable is there
  kIssueNext,       // the authority has had two thirds of its life
  kPromoteNext,     // its successor is known everywhere
  kSignLeaf,        // the serving certificate is due, or does not fit
  kForgetPrevious,  // nobody serves with the predecessor's signature any more
};

// `now`, or the moment at which all of the material is valid when that is less than kClockSkew
// later.
TimePoint Tolerant(const Material& material, TimePoint now);

struct Decision {
  Step step = Step::kKeep;
  std::string why;                // for the log; empty for kKeep
  std::optional<TimePoint> wake;  // when something is due next; nothing with another step
};

// `names` are the DNS names that the serving certificate has to carry.
Decision Decide(const Material& material, const std::vector<std::string>& names, TimePoint now);

// Carries out one step (not kKeep). `name` goes into the subjects: "cluster-collector".
Result<Material> Perform(Step step, const Material& material, const std::string& name,
                         const std::vector<std::string>& names, TimePoint now);

// Repeats Decide and Perform until nothing is due.
struct Refreshed {
  Material material;
  TimePoint wake;
  std::vector<std::string> done;  // the reasons, in order
};
Result<Refreshed> Refresh(Material material, const std::string& name,
                          const std::vector<std::string>& names, TimePoint now);

// What clients have to trust: previous, active, next, as PEM.
std::string Bundle(const Material& material);

// Follows a change of authority that nobody announced (another serving mode, a Secret that its
// owner renewed): `wanted` and, behind it, what `registered` trusts besides, as long as it is
// valid. To be used for kForgetTime after the change, because replicas read their new certificate
// later than we.
std::string Overlap(const std::string& wanted, const std::string& registered, TimePoint now);
// True when every certificate of `wanted` is in `registered`. PEM; false when there is none.
bool Contains(const std::string& registered, const std::string& wanted);

// `data` of the two Secrets, base64 as on the wire. Reading is lenient: what is missing stays
// empty, and Decide() then asks for it.
Material FromSecrets(const objects::Json& authority_data, const objects::Json& serving_data);
objects::Json AuthorityData(const Material& material);
objects::Json ServingData(const Material& material);

// Judges a serving certificate that somebody else made (modes Secret and CertManager). An error
// says what is wrong and what to do.
struct Facts {
  TimePoint serving_not_after;
  TimePoint serving_renewal;  // two thirds of its life
  TimePoint authority_not_after;
  std::string authority_sha256;
};
Result<Facts> Inspect(std::string_view certificate_pem, std::string_view key_pem,
                      std::string_view authorities_pem, const std::vector<std::string>& names,
                      TimePoint now);

// Judges a client certificate (tls.kubelet.clientCertificateRef). An error says what is wrong.
Result<void> InspectClient(std::string_view certificate_pem, std::string_view key_pem,
                           TimePoint now);

// True when the private key belongs to the first certificate.
bool KeyMatches(std::string_view certificate_pem, std::string_view key_pem);

}  // namespace mpl::certs
