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

Serving SelfManaged(const Names& names, const ServingSecrets& secrets, TimePoint now,
                    std::vector<std::string>& done) {
  Serving serving;
  serving.secret_name = names.serving;
  serving.authority_version = Version(secrets.authority);
  serving.serving_version = Version(secrets.serving);
  certs::Material material = certs::FromSecrets(Data(secrets.authority), Data(secrets.serving));
  material.published_since = secrets.published_since;
  auto refreshed = certs::Refresh(std::move(material), names.collector, names.DnsNames(), now);
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
  const x509::KeyPair& leaf = refreshed->material.leaf;
  auto facts = certs::Inspect(leaf.certificate_pem, leaf.private_key_pem,
                              refreshed->material.active.certificate_pem, names.DnsNames(),
                              certs::Tolerant(refreshed->material, now));
  if (!facts) {
    return Faulty(std::move(serving), reason::kCertificateInvalid, facts.error().message);
  }
  serving.facts = *facts;
  return serving;
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
  auto facts = certs::Inspect(Decoded(data, "tls.crt"), Decoded(data, "tls.key"), serving.ca_bundle,
                              {names.ServerName()}, now);
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
                       const ServingSecrets& secrets, TimePoint now,
                       std::vector<std::string>& done) {
  switch (pipeline.tls.serving_mode) {
    case pipeline::ServingMode::kSecret:
      return Foreign(names, pipeline.tls.serving_secret,
                     "create it (spec.tls.serving.secretRef names it)", secrets.foreign, now);
    case pipeline::ServingMode::kCertManager:
      return Foreign(names, names.certificate,
                     "cert-manager makes it from Certificate " + names.ns + "/" +
                         names.certificate + "; kubectl describe shows what it waits for",
                     secrets.foreign, now);
    case pipeline::ServingMode::kSelfManaged:
    case pipeline::ServingMode::kInsecure:
      break;
  }
  return SelfManaged(names, secrets, now, done);
}

}  // namespace mpl::plan
