// The parts that Migrate is made of. Internal to operator/migration.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "kube/objects/fields.h"
#include "operator/migration/flags.h"
#include "operator/migration/migration.h"

namespace mpl::migration {

using objects::TextAt;

// Grows while flags and settings are translated.
struct Translation {
  const MetricsServer& server;
  Json pod;                           // spec.template.spec
  Json container;                     // of metrics-server
  std::map<std::string, Flag> given;  // the last one of each name
  Json spec = Json::object();
  std::vector<Account> accounts;
  std::vector<Step> preparation;

  bool IsOn(const std::string& name) const;
  // The flag's value, or `fallback` when it was not given.
  std::string ValueOf(const std::string& name, const std::string& fallback) const;
  void Tell(const std::string& subject, Outcome outcome, std::string text) {
    accounts.push_back({subject, outcome, std::move(text)});
  }
};

// Tells that `flag` has become this field of spec.
void Carry(Translation& translation, const Flag& flag, const std::string& field, const Json& value);

// What stands in a comment must not leave it: YAML 1.1 knows five line breaks, three of them
// outside of ASCII, all of which become blanks here.
std::string OneLine(std::string text);

// A file of metrics-server's container: the volume that it lies in, null when there is none, and
// the key of the ConfigMap or Secret, else the path below.
struct MountedFile {
  Json volume;  // {"configMap": {…}, …}
  std::string key;
};
MountedFile FindFile(const Translation& translation, const std::string& path);
// The command that writes a key of a ConfigMap or Secret (`kind`) into a file. Here and in every
// command: whoever writes a Deployment or a registration chooses names, so each is a ShellWord.
std::string ReadingCommand(const std::string& ns, const std::string& kind, const std::string& name,
                           const std::string& key, const std::string& file);

// Sets mode and authority of spec.tls.kubelet; the client certificate stays.
void Trust(Translation& translation, const std::string& mode, const Json& ca_bundle_ref = nullptr);

// --metric-resolution and --kubelet-request-timeout, and what stands for one that was left out.
void TranslateResolution(Translation& translation, const Flag& flag);
void TranslateTimeout(Translation& translation, const Flag& flag);
void TranslateDefaultTimes(Translation& translation);
// --kubelet-certificate-authority: where the file comes from, and what has to be copied.
void TranslateAuthority(Translation& translation, const Flag& flag);
// --kubelet-client-certificate and --kubelet-client-key, likewise.
void TranslateClientCertificate(Translation& translation, const Flag& flag);
// The flags that become fields of spec; true when `flag` is one of them.
bool TranslateFlag(Translation& translation, const Flag& flag);
// Where metrics-server's defaults are not ours, and the flag was left out.
void TranslateDefaults(Translation& translation);
// Settings of the Deployment.
void TranslateDeployment(Translation& translation);
// The commands of the switch. Sets `steps` and `gapless`.
void PlanSwitch(const MetricsServer& server, Migration& migration);

}  // namespace mpl::migration
