// --kubelet-client-certificate and --kubelet-client-key: the Secret that both files lie in.
#include "kube/base/text.h"
#include "operator/migration/translation.h"

namespace mpl::migration {
namespace {

constexpr const char* kCertificateFlag = "kubelet-client-certificate";
constexpr const char* kKeyFlag = "kubelet-client-key";
const std::string kName = "kubelet-client";  // of the Secret that is made

std::string SecretOf(const MountedFile& file) {
  return file.volume.contains("secret") ? TextAt(file.volume, "/secret/secretName") : "";
}

// A private key goes through a file that nobody else may read, and that does not stay.
void Copy(Translation& t, const std::string& secret, const std::string& certificate,
          const std::string& key) {
  const std::string from = TextAt(t.server.deployment, "/metadata/namespace");
  t.preparation.push_back(
      {"The certificate that kubelets are shown has to stand in " + t.server.pipeline_namespace +
           ", in a Secret with tls.crt and tls.key.",
       "umask 077\n" + ReadingCommand(from, "Secret", secret, certificate, "tls.crt") + "\n" +
           ReadingCommand(from, "Secret", secret, key, "tls.key") + "\nkubectl -n " +
           ShellWord(t.server.pipeline_namespace) + " create secret tls " + kName +
           " --cert=tls.crt --key=tls.key\nrm tls.key"});
}

void AskForFiles(Translation& t, const Flag& flag) {
  t.preparation.push_back(
      {"The certificate that kubelets are shown, which metrics-server reads from files that are "
       "not in one Secret.",
       "kubectl -n " + ShellWord(t.server.pipeline_namespace) + " create secret tls " + kName +
           " --cert=FILE --key=FILE"});
  t.Tell(flag.written, Outcome::kDecide,
         "spec.tls.kubelet.clientCertificateRef: put certificate and key into Secret " + kName +
             " (see below)");
}

}  // namespace

void TranslateClientCertificate(Translation& t, const Flag& flag) {
  const std::string certificate = t.ValueOf(kCertificateFlag, ""), key = t.ValueOf(kKeyFlag, "");
  if (certificate.empty() || key.empty()) {
    return t.Tell(flag.written, Outcome::kDecide,
                  "certificate and key belong together, and one of them was not given: kubelets "
                  "are shown a short-lived token");
  }
  if (flag.name == kKeyFlag) {
    return t.Tell(flag.written, Outcome::kCarriedOver, "with --kubelet-client-certificate");
  }
  const MountedFile first = FindFile(t, certificate), second = FindFile(t, key);
  const std::string secret = SecretOf(first);
  const bool together = !secret.empty() && SecretOf(second) == secret;
  const bool as_it_is =
      together && first.key == "tls.crt" && second.key == "tls.key" &&
      TextAt(t.server.deployment, "/metadata/namespace") == t.server.pipeline_namespace;
  const std::string name = as_it_is ? secret : kName;
  t.spec["tls"]["kubelet"]["clientCertificateRef"] = {{"name", name}};
  if (!together) return AskForFiles(t, flag);
  if (!as_it_is) Copy(t, secret, first.key, second.key);
  t.Tell(flag.written, Outcome::kCarriedOver,
         "spec.tls.kubelet.clientCertificateRef: Secret " + name +
             (as_it_is ? "" : ", a copy of " + secret) + "; it takes the token's place");
}

}  // namespace mpl::migration
