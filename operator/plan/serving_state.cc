#include "operator/plan/serving_state.h"

#include "kube/base/digest.h"
#include "operator/plan/reasons.h"

namespace mpl::plan {
namespace {

Json Data(const Json& secret) {
  return secret.is_object() ? secret.value("data", Json::object()) : Json::object();
}

std::string Decoded(const Json& data, const char* key) {
  return Base64Decode(data.value(key, "")).value_or("");
}

std::string Version(const Json& secret) {
  const Json::json_pointer version("/metadata/resourceVersion");
  return secret.is_object() ? secret.value(version, "") : "";
}

Serving Faulty(Serving serving, std::string_view reason, std::string fault) {
  serving.fault_reason = reason;
  serving.fault = std::move(fault);
  return serving;
}

// What the certificate says of itself.
Serving Judged(Serving serving, const Names& names, const certs::Material& material,
               const std::string& authority, TimePoint now) {
  const x509::KeyPair& leaf = material.leaf;
  auto facts = certs::Inspect(leaf.certificate_pem, leaf.private_key_pem, authority,
                              names.DnsNames(), certs::Tolerant(material, now));
  if (!facts) {
    return Faulty(std::move(serving), reason::kCertificateInvalid, facts.error().message);
  }
  serving.facts = *facts;
  return serving;
}

// While nothing may be written: what the Secrets hold is what is served.
Serving Held(const Names& names, const ServingSecrets& secrets, TimePoint now) {
  Serving serving;
  serving.secret_name = names.serving;
  const certs::Material material =
      certs::FromSecrets(Data(secrets.authority), Data(secrets.serving));
  if (material.leaf.certificate_pem.empty()) {
    return Faulty(std::move(serving), reason::kSecretMissing,
                  "there is no Secret " + names.ns + "/" + names.serving + ": " + secrets.held);
  }
  const bool known = !material.active.certificate_pem.empty();
  serving.ca_bundle = known ? certs::Bundle(material) : material.served_bundle;
  serving = Judged(std::move(serving), names, material,
                   known ? material.active.certificate_pem : material.served_bundle, now);
  if (!serving.fault.empty()) serving.fault += ": it is not renewed: " + secrets.held;
  if (!serving.facts) return serving;
  if (serving.facts->serving_renewal <= now) serving.held = secrets.held;
  serving.wake =
      serving.held.empty() ? serving.facts->serving_renewal : serving.facts->serving_not_after;
  return serving;
}

// What there is to go on with: the Secrets, or what was made from just these and is not in them
// yet.
certs::Material Newest(const ServingSecrets& secrets, const UnsavedKeys& unsaved) {
  // Nobody can have seen a new authority that was not saved: `published_since` stays empty.
  if (unsaved.material && unsaved.authority_version == Version(secrets.authority) &&
      unsaved.serving_version == Version(secrets.serving)) {
    return *unsaved.material;
  }
  certs::Material material = certs::FromSecrets(Data(secrets.authority), Data(secrets.serving));
  material.published_since = secrets.published_since;
  return material;
}

void Remember(const Serving& serving, const Json& authority, const Json& current,
              const certs::Material& material, UnsavedKeys& unsaved) {
  unsaved = {serving.authority_version, serving.serving_version, std::nullopt};
  if (serving.authority_data == authority && serving.serving_data == current) return;
  unsaved.material = material;
  unsaved.material->published_since.reset();
}

Serving SelfManaged(const Names& names, const ServingSecrets& secrets, TimePoint now,
                    UnsavedKeys& unsaved, std::vector<std::string>& done) {
  if (!secrets.held.empty()) return Held(names, secrets, now);
  Serving serving;
  serving.secret_name = names.serving;
  serving.authority_version = Version(secrets.authority);
  serving.serving_version = Version(secrets.serving);
  auto refreshed = certs::Refresh(Newest(secrets, unsaved), names.collector, names.DnsNames(), now);
  if (!refreshed) {
    // What is there stays: an intent without it would read as "no longer wanted".
    if (secrets.authority.is_object()) serving.authority_data = Data(secrets.authority);
    if (secrets.serving.is_object()) serving.serving_data = Data(secrets.serving);
    return Faulty(std::move(serving), reason::kCertificateInvalid, refreshed.error().message);
  }
  done.insert(done.end(), refreshed->done.begin(), refreshed->done.end());
  serving.ca_bundle = certs::Bundle(refreshed->material);
  serving.authority_data = certs::AuthorityData(refreshed->material);
  serving.serving_data = certs::ServingData(refreshed->material);
  serving.wake = refreshed->wake;
  Remember(serving, Data(secrets.authority), Data(secrets.serving), refreshed->material, unsaved);
  return Judged(std::move(serving), names, refreshed->material,
                refreshed->material.active.certificate_pem, now);
}

// A certificate that somebody else keeps in Secret `name`.
Serving Foreign(const Names& names, const std::string& name, const std::string& who,
                const Json& secret, TimePoint now) {
  Serving serving;
  serving.secret_name = name;
  const std::string where = "Secret " + names.ns + "/" + name;
  if (!secret.is_object()) {
    return Faulty(std::move(serving), reason::kSecretMissing, where + " does not exist: " + who);
  }
  const Json data = Data(secret);
  for (const char* key : {"tls.crt", "tls.key", "ca.crt"}) {
    if (!Decoded(data, key).empty()) continue;
    return Faulty(std::move(serving), reason::kSecretMissing,
                  where + " has no " + key + ": it needs tls.crt, tls.key and ca.crt");
  }
  serving.ca_bundle = Decoded(data, "ca.crt");
  // It may have been made a moment ago by a clock that is ahead of ours.
  certs::Material material;
  material.leaf = {Decoded(data, "tls.crt"), Decoded(data, "tls.key")};
  auto facts =
      certs::Inspect(material.leaf.certificate_pem, material.leaf.private_key_pem,
                     serving.ca_bundle, {names.ServerName()}, certs::Tolerant(material, now));
  if (!facts) {
    serving.ca_bundle.clear();
    return Faulty(std::move(serving), reason::kCertificateInvalid,
                  where + ": " + facts.error().message + ": renew it for " + names.ServerName());
  }
  serving.facts = *facts;
  serving.wake = facts->serving_not_after;
  return serving;
}

}  // namespace

Serving ObserveServing(const pipeline::MetricsPipeline& pipeline, const Names& names,
                       const ServingSecrets& secrets, TimePoint now, UnsavedKeys& unsaved,
                       std::vector<std::string>& done) {
  Serving foreign;
  switch (pipeline.tls.serving_mode) {
    case pipeline::ServingMode::kSecret:
      foreign = Foreign(names, pipeline.tls.serving_secret,
                        "create it (spec.tls.serving.secretRef names it)", secrets.foreign, now);
      break;
    case pipeline::ServingMode::kCertManager:
      foreign = Foreign(names, names.certificate,
                        "cert-manager makes it from Certificate " + names.ns + "/" +
                            names.certificate + "; kubectl describe shows what it waits for",
                        secrets.foreign, now);
      break;
    case pipeline::ServingMode::kSelfManaged:
    case pipeline::ServingMode::kInsecure:
      return SelfManaged(names, secrets, now, unsaved, done);
  }
  const bool mounted = secrets.mounted == names.serving && secrets.serving.is_object();
  foreign.keeps_own = mounted || secrets.rolling;
  if (foreign.fault.empty() || !mounted) return foreign;
  Serving own = SelfManaged(names, secrets, now, unsaved, done);
  own.keeps_own = true;
  own.fault_reason = foreign.fault_reason;
  own.fault = foreign.fault;
  return own;
}

}  // namespace mpl::plan
