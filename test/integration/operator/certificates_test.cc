// Serving certificates that somebody else keeps: a Secret of the user's, and cert-manager's. What
// is wrong with one is told, and a change is followed without a gap in what kube-apiserver trusts.
#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "kube/base/digest.h"
#include "test/integration/operator/clock.h"
#include "test/support/certs/certs.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;

const std::string kServiceName = "cluster-collector." + kNamespace + ".svc";

x509::KeyPair Issue(const Authority& authority, std::vector<std::string> names) {
  LeafOptions options;
  options.dns_names = std::move(names);
  return authority.Issue(options);
}

void WriteSecret(const std::string& name, const x509::KeyPair& leaf, const Authority& authority) {
  const Json secret = {{"apiVersion", "v1"},
                       {"kind", "Secret"},
                       {"type", "kubernetes.io/tls"},
                       {"metadata", {{"name", name}, {"namespace", kNamespace}}},
                       {"stringData",
                        {{"tls.crt", leaf.certificate_pem},
                         {"tls.key", leaf.private_key_pem},
                         {"ca.crt", authority.ca_pem()}}}};
  Server().Kubectl({"apply", "-f", "-"}, secret.dump());
}

// PEM, as registered; empty while nothing is.
std::string Registered() {
  const Json live = Get({"apiservice", "v1beta1.metrics.k8s.io"});
  return live.is_object() ? Base64Decode(live["spec"].value("caBundle", "")).value() : "";
}

std::string MountedSecret() {
  const Json live = Get({"deployment", "cluster-collector", "-n", kNamespace});
  if (!live.is_object()) return "";
  return live["spec"]["template"]["spec"]["volumes"][0]["secret"]["secretName"];
}

void DeleteSecret(const std::string& name) {
  TryKubectl({"delete", "secret", name, "-n", kNamespace, "--ignore-not-found"});
}

TEST_F(OperatorTest, FollowsASecretThatSomebodyElseKeeps) {
  const Authority first("first-ca"), second("second-ca");
  DeleteSecret("mine");
  Operator running;
  ApplyPipeline("cluster",
                {{"tls", {{"serving", {{"mode", "Secret"}, {"secretRef", {{"name", "mine"}}}}}}}});
  ASSERT_TRUE(Eventually(seconds(30), [&] {
    return Condition("CertificatesValid") == "SecretMissing" && MountedSecret() == "mine";
  })) << running.Log();
  MakeEndpointReady();

  WriteSecret("mine", Issue(first, {"somebody.else.svc"}), first);
  ASSERT_TRUE(Eventually(seconds(10), [&] {
    return Condition("CertificatesValid") == "CertificateInvalid";
  })) << running.Log();
  EXPECT_THAT(std::string(ConditionOf("cluster", "CertificatesValid")["message"]),
              HasSubstr("does not name " + kServiceName));
  EXPECT_EQ(Registered(), "") << "kube-apiserver could not believe it";

  WriteSecret("mine", Issue(first, {kServiceName}), first);
  ASSERT_TRUE(Eventually(seconds(10), [&] { return Registered() == first.ca_pem(); }))
      << running.Log();
  EXPECT_TRUE(Eventually(seconds(10), [&] { return Condition("CertificatesValid") == "Valid"; }));

  // Replicas read the Secret later than we: both are trusted for a while.
  WriteSecret("mine", Issue(second, {kServiceName}), second);
  EXPECT_TRUE(Eventually(seconds(10), [&] {
    return Registered().find(second.ca_pem()) != std::string::npos;
  })) << running.Log();
  EXPECT_THAT(Registered(), HasSubstr(first.ca_pem()));
  DeleteSecret("mine");
}

// Replicas read the new certificate, whatever becomes of their Deployment.
TEST_F(OperatorTest, FollowsANewAuthorityAlthoughTheDeploymentIsRefused) {
  const Authority first("first-ca"), second("second-ca");
  WriteSecret("mine", Issue(first, {kServiceName}), first);
  Operator running;
  Json spec = {{"tls", {{"serving", {{"mode", "Secret"}, {"secretRef", {{"name", "mine"}}}}}}}};
  ApplyPipeline("cluster", spec);
  ASSERT_TRUE(Eventually(seconds(30), [&] { return MountedSecret() == "mine"; })) << running.Log();
  MakeEndpointReady();
  ASSERT_TRUE(Eventually(seconds(10), [&] { return Registered() == first.ca_pem(); }))
      << running.Log();
  spec["collector"] = kRefusedCollector;
  ApplyPipeline("cluster", spec);
  ASSERT_TRUE(Eventually(seconds(15), [&] { return Condition("Ready") == "ApplyFailed"; }))
      << running.Log();

  WriteSecret("mine", Issue(second, {kServiceName}), second);

  EXPECT_TRUE(Eventually(seconds(20), [&] {
    return Registered().find(second.ca_pem()) != std::string::npos;
  })) << running.Log();
  EXPECT_EQ(Condition("Ready"), "ApplyFailed") << "what was refused is still told";
  DeleteSecret("mine");
}

std::string AuthorityKey(const std::string& key) {
  const Json live = Get({"secret", "cluster-collector-ca", "-n", kNamespace});
  return live.is_object() ? live["data"].value(key, "") : "";
}

// An hour later nobody uses the predecessor any more. A key that an Update entry of managedFields
// owns besides would outlive every apply without it.
TEST_F(OperatorTest, ForgetsThePredecessorOfAnAuthorityThatWasMadeAnew) {
  if (!kClocksCanBeSet) GTEST_SKIP();
  {
    Operator running;
    ApplyPipeline();
    ASSERT_TRUE(Eventually(seconds(30), [] {
      return Exists({"poddisruptionbudget", "cluster-collector", "-n", kNamespace});
    })) << running.Log();
    std::this_thread::sleep_for(seconds(2));  // until a pass has begun that sees it go
    Server().Kubectl({"delete", "secret", "cluster-collector-ca", "-n", kNamespace});
    ASSERT_TRUE(Eventually(seconds(15), [] { return !AuthorityKey("previous.crt").empty(); }))
        << running.Log();
    running.process().Stop();
  }
  const std::string made = AuthorityKey("ca.crt");
  const Clock later("forget", "+2h");

  Operator running({}, later.Environment());

  EXPECT_TRUE(Eventually(seconds(40), [] { return AuthorityKey("previous.crt").empty(); }))
      << running.Log();
  EXPECT_EQ(AuthorityKey("ca.crt"), made);
}

// The second line of a PEM: enough to know it again in a document that indents it.
std::string LineOf(const std::string& pem) {
  const std::size_t begin = pem.find('\n') + 1;
  return pem.substr(begin, pem.find('\n', begin) - begin);
}

std::string CollectorsDocument() {
  const Json live = Get({"configmap", "cluster-collector", "-n", kNamespace});
  return live.is_object() ? live["data"].value("collector.yaml", "") : "";
}

bool Arrives(const std::string& pem) {
  return Eventually(seconds(10),
                    [&] { return CollectorsDocument().find(LineOf(pem)) != std::string::npos; });
}

void WriteConfigMap(const std::string& name, const std::string& pem) {
  const Json map = {{"apiVersion", "v1"},
                    {"kind", "ConfigMap"},
                    {"metadata", {{"name", name}, {"namespace", kNamespace}}},
                    {"data", {{"ca.crt", pem}}}};
  Server().Kubectl({"apply", "-f", "-"}, map.dump());
}

Json KubeletTls(const char* kind) {
  return {{"tls",
           {{"kubelet",
             {{"mode", "CustomCA"},
              {"caBundleRef", {{"kind", kind}, {"name", "kubelet-ca"}}},
              {"clientCertificateRef", {{"name", "kubelet-client"}}}}}}}};
}

TEST_F(OperatorTest, FollowsTheKubeletsAuthorityAndTheirClientCertificate) {
  const Authority first("first-ca"), second("second-ca"), third("third-ca");
  DeleteSecret("kubelet-client");
  WriteConfigMap("kubelet-ca", first.ca_pem());
  Operator running;
  ApplyPipeline("cluster", KubeletTls("ConfigMap"));
  ASSERT_TRUE(Eventually(seconds(30), [&] { return Condition("Ready") == "ReferenceMissing"; }))
      << running.Log();
  EXPECT_THAT(std::string(ConditionOf("cluster", "Ready")["message"]),
              HasSubstr("clientCertificateRef: Secret " + kNamespace + "/kubelet-client"));
  EXPECT_TRUE(Arrives(first.ca_pem())) << running.Log();

  WriteSecret("kubelet-client", Server().IssueClient("metrics"), first);
  EXPECT_TRUE(Eventually(seconds(10), [&] { return Condition("Ready") != "ReferenceMissing"; }))
      << running.Log();
  WriteConfigMap("kubelet-ca", second.ca_pem());
  EXPECT_TRUE(Arrives(second.ca_pem())) << running.Log();

  WriteSecret("kubelet-ca", Issue(third, {"x"}), third);
  ApplyPipeline("cluster", KubeletTls("Secret"));
  EXPECT_TRUE(Arrives(third.ca_pem())) << running.Log();
  TryKubectl({"delete", "configmap,secret", "kubelet-ca", "-n", kNamespace});
  DeleteSecret("kubelet-client");
}

// The fields that we use, in the shape and with the required ones of cert-manager.io/v1.
const Json kCertificates = Json::parse(R"({
  "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
  "metadata": {"name": "certificates.cert-manager.io"},
  "spec": {"group": "cert-manager.io", "scope": "Namespaced",
    "names": {"plural": "certificates", "singular": "certificate", "kind": "Certificate"},
    "versions": [{"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
      "schema": {"openAPIV3Schema": {"type": "object", "properties": {
        "spec": {"type": "object", "required": ["issuerRef", "secretName"], "properties": {
          "secretName": {"type": "string"},
          "dnsNames": {"type": "array", "items": {"type": "string"}},
          "usages": {"type": "array", "items": {"type": "string"}},
          "privateKey": {"type": "object", "properties": {
            "algorithm": {"type": "string", "enum": ["RSA", "ECDSA", "Ed25519"]},
            "size": {"type": "integer"},
            "rotationPolicy": {"type": "string", "enum": ["Never", "Always"]}}},
          "issuerRef": {"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"}, "kind": {"type": "string"}, "group": {"type": "string"}}}}},
        "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}}}]}})");

// What cert-manager would do with the Certificate: sign for its names, into its Secret.
void SignWhatIsAskedFor(const Authority& authority) {
  const Json spec = Get({"certificates.cert-manager.io", "-n", kNamespace})["items"][0]["spec"];
  WriteSecret(spec["secretName"], Issue(authority, spec["dnsNames"]), authority);
}

void InstallCertManager() {
  Server().Kubectl({"apply", "-f", "-"}, kCertificates.dump());
  Server().Kubectl(
      {"wait", "--for=condition=Established", "--timeout=30s", "crd/certificates.cert-manager.io"});
  const bool served = Eventually(
      seconds(10), [] { return TryKubectl({"get", "certificates.cert-manager.io", "-A"}).ok; });
  EXPECT_TRUE(served);
}
void RemoveCertManager() { Server().Kubectl({"delete", "crd", "certificates.cert-manager.io"}); }

std::set<std::string> CertificateNames() {
  std::set<std::string> names;
  const Json list = Get({"certificates.cert-manager.io", "-n", kNamespace});
  const Json items = list.is_object() ? list["items"] : Json::array();
  for (const Json& item : items) names.insert(item["metadata"]["name"]);
  return names;
}

// As the operator makes it for a pipeline of that uid.
void MakeCertificate(const std::string& pipeline, const std::string& uid) {
  const std::string name = pipeline + "-collector-certificate";
  const Json object = {
      {"apiVersion", "cert-manager.io/v1"},
      {"kind", "Certificate"},
      {"metadata",
       {{"name", name},
        {"namespace", kNamespace},
        {"labels",
         {{"app.kubernetes.io/name", "metrics-collector"},
          {"app.kubernetes.io/managed-by", "metricspipeline-operator"},
          {"metricspipeline.dev/pipeline", pipeline}}},
        {"ownerReferences", Json::array({{{"apiVersion", "metricspipeline.dev/v1alpha1"},
                                          {"kind", "MetricsPipeline"},
                                          {"name", pipeline},
                                          {"uid", uid}}})}}},
      {"spec", {{"secretName", name}, {"issuerRef", {{"name", "x"}}}}}};
  Server().Kubectl({"create", "-f", "-"}, object.dump());
}

TEST_F(OperatorTest, AsksCertManagerAndFollowsWhatItSigns) {
  const Authority first("first-ca"), second("second-ca");
  InstallCertManager();
  Operator running;
  ApplyPipeline("serving-cert-manager.yaml");
  ASSERT_TRUE(Eventually(seconds(30), [] {
    const Json list = Get({"certificates.cert-manager.io", "-n", kNamespace});
    return list.is_object() && list["items"].size() == 1 && !MountedSecret().empty();
  })) << running.Log();
  const Json certificate = Get({"certificates.cert-manager.io", "-n", kNamespace})["items"][0];
  EXPECT_EQ(certificate["spec"]["issuerRef"]["name"], "cluster-ca");  // of the sample
  EXPECT_EQ(certificate["spec"]["secretName"], MountedSecret());
  EXPECT_TRUE(Get({"secret", "cluster-collector-ca", "-n", kNamespace}).is_null());
  MakeEndpointReady();
  EXPECT_EQ(Registered(), "") << "nobody has signed yet";

  SignWhatIsAskedFor(first);
  ASSERT_TRUE(Eventually(seconds(10), [&] { return Registered() == first.ca_pem(); }))
      << running.Log();
  SignWhatIsAskedFor(second);
  EXPECT_TRUE(Eventually(seconds(10), [&] {
    return Registered().find(second.ca_pem()) != std::string::npos;
  })) << running.Log();
  EXPECT_THAT(Registered(), HasSubstr(first.ca_pem()));

  Server().Kubectl({"patch", "metricspipeline", "cluster", "--type=merge", "-p",
                    R"({"spec":{"tls":{"serving":{"mode":"SelfManaged","issuerRef":null}}}})"});
  EXPECT_TRUE(Eventually(seconds(20), [] { return CertificateNames().empty(); })) << running.Log();
  EXPECT_THAT(running.Log(), testing::Not(HasSubstr("orbidden")));

  DeleteSecret(certificate["spec"]["secretName"]);
  RemoveCertManager();
}

// What an operator before has left: of a pipeline that is not active, and of one that is gone,
// whose name another has now.
TEST_F(OperatorTest, TakesOnlyItsOwnCertificatesAway) {
  InstallCertManager();
  ApplyPipeline("first", Json::object());
  std::this_thread::sleep_for(seconds(1));  // creationTimestamp has whole seconds
  ApplyPipeline("second", Json::object());
  MakeCertificate("first", "of-an-earlier-one");
  MakeCertificate("second", Get({"metricspipeline", "second"})["metadata"]["uid"]);
  Operator running;

  EXPECT_TRUE(Eventually(seconds(30), [] {
    return CertificateNames() == std::set<std::string>{"first-collector-certificate"};
  })) << running.Log();
  EXPECT_TRUE(Eventually(seconds(30), [] {
    return Exists({"deployment", "first-collector", "-n", kNamespace});
  })) << running.Log();
  EXPECT_EQ(CertificateNames(), std::set<std::string>{"first-collector-certificate"});
  RemoveCertManager();
}

TEST_F(OperatorTest, WithoutCertManagerItSaysWhatToDo) {
  Operator running;
  ApplyPipeline("serving-cert-manager.yaml");
  ASSERT_TRUE(Eventually(seconds(30), [&] { return Condition("Ready") == "ApplyFailed"; }))
      << running.Log();
  EXPECT_THAT(std::string(ConditionOf("cluster", "Ready")["message"]),
              HasSubstr("install cert-manager, or choose another spec.tls.serving.mode"));
}

}  // namespace
}  // namespace mpl::test
