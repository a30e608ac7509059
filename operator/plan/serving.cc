// Service, and the Secrets or the Certificate behind its TLS.
#include "operator/plan/children.h"

namespace mpl::plan {

Intent AuthoritySecret(const ChildContext& context, const Json& data) {
  Json object = context.Object(Secrets(), context.names.authority);
  object["type"] = "Opaque";
  object["data"] = data;
  return {&Secrets(), std::move(object)};
}

Intent ServingSecret(const ChildContext& context, const Json& data) {
  Json object = context.Object(Secrets(), context.names.serving);
  object["type"] = "kubernetes.io/tls";
  object["data"] = data;
  return {&Secrets(), std::move(object)};
}

Intent CertManagerCertificate(const ChildContext& context) {
  const pipeline::IssuerRef& issuer = *context.pipeline.tls.issuer_ref;
  Json object = context.Object(Certificates(), context.names.certificate);
  object["spec"] = {
      {"secretName", context.names.certificate},
      {"dnsNames", context.names.DnsNames()},
      {"usages", {"digital signature", "key encipherment", "server auth"}},
      {"privateKey", {{"algorithm", "ECDSA"}, {"size", 256}, {"rotationPolicy", "Always"}}},
      {"issuerRef", {{"name", issuer.name}, {"kind", issuer.kind}, {"group", issuer.group}}}};
  return {&Certificates(), std::move(object)};
}

Intent CollectorService(const ChildContext& context) {
  Json object = context.Object(Services(), context.names.collector);
  object["spec"] = {
      {"type", "ClusterIP"},
      {"selector", SelectorLabels(context.pipeline.meta.name)},
      {"publishNotReadyAddresses", false},
      {"ports",
       Json::array(
           {{{"name", "https"}, {"port", 443}, {"protocol", "TCP"}, {"targetPort", "https"}}})}};
  return {&Services(), std::move(object)};
}

}  // namespace mpl::plan
