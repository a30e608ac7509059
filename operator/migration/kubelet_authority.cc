// The file behind --kubelet-certificate-authority: in which ConfigMap or Secret it lies. And what
// other files of the container need too.
#include "kube/base/text.h"
#include "operator/migration/translation.h"

namespace mpl::migration {
namespace {

constexpr const char* kClusterCa = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

void CopyAuthority(Translation& t, const std::string& kind, const std::string& name,
                   const std::string& key) {
  const std::string from = TextAt(t.server.deployment, "/metadata/namespace");
  const std::string& to = t.server.pipeline_namespace;
  if (from == to) return;
  t.preparation.push_back(
      {"The authority of the kubelets' certificates has to stand in " + to + ".",
       ReadingCommand(from, kind, name, key, "kubelet-ca.crt") + "\nkubectl -n " + ShellWord(to) +
           " create configmap kubelet-ca --from-file=ca.crt=kubelet-ca.crt"});
}

}  // namespace

MountedFile FindFile(const Translation& t, const std::string& path) {
  MountedFile file;
  std::size_t longest = 0;
  for (const Json& mount : t.container.value("volumeMounts", Json::array())) {
    std::string folder = TextAt(mount, "/mountPath");
    if (folder.ends_with('/')) folder.pop_back();
    const bool exact = path == folder && mount.contains("subPath");
    if (!exact && (!path.starts_with(folder + "/") || folder.size() < longest)) continue;
    longest = folder.size();
    file.key = exact ? TextAt(mount, "/subPath") : path.substr(folder.size() + 1);
    for (const Json& volume : t.pod.value("volumes", Json::array())) {
      if (TextAt(volume, "/name") == TextAt(mount, "/name")) file.volume = volume;
    }
  }
  // An `items` list renames keys.
  for (const char* items : {"/configMap/items", "/secret/items"}) {
    const Json::json_pointer at(items);
    if (!file.volume.contains(at)) continue;
    for (const Json& item : file.volume[at]) {
      if (TextAt(item, "/path") == file.key) file.key = TextAt(item, "/key");
    }
  }
  return file;
}

std::string ReadingCommand(const std::string& ns, const std::string& kind, const std::string& name,
                           const std::string& key, const std::string& file) {
  // As jsonpath has it: a dot in a key is escaped.
  std::string escaped;
  for (const char c : key) escaped += c == '.' ? std::string("\\.") : std::string(1, c);
  const std::string decode = kind == "Secret" ? " | base64 -d" : "";
  return "kubectl -n " + ShellWord(ns) + " get " + ToLower(kind) + " " + ShellWord(name) +
         " -o jsonpath=" + ShellWord("{.data." + escaped + "}") + decode + " > " + file;
}

void Trust(Translation& t, const std::string& mode, const Json& ca_bundle_ref) {
  Json& kubelet = t.spec["tls"]["kubelet"];
  kubelet["mode"] = mode;
  kubelet.erase("caBundleRef");
  if (!ca_bundle_ref.is_null()) kubelet["caBundleRef"] = ca_bundle_ref;
}

void TranslateAuthority(Translation& t, const Flag& flag) {
  if (flag.value.empty() || flag.value == kClusterCa) {
    Trust(t, "ClusterCA");
    return Carry(t, flag, "tls.kubelet.mode", "ClusterCA");
  }
  const MountedFile place = FindFile(t, flag.value);
  std::string kind, name;
  if (place.volume.contains("configMap")) {
    kind = "ConfigMap";
    name = TextAt(place.volume, "/configMap/name");
  } else if (place.volume.contains("secret")) {
    kind = "Secret";
    name = TextAt(place.volume, "/secret/secretName");
  }
  const bool moves =
      TextAt(t.server.deployment, "/metadata/namespace") != t.server.pipeline_namespace;
  const Json reference =
      name.empty() || moves ? Json{{"kind", "ConfigMap"}, {"name", "kubelet-ca"}, {"key", "ca.crt"}}
                            : Json{{"kind", kind}, {"name", name}, {"key", place.key}};
  Trust(t, "CustomCA", reference);
  if (!name.empty()) {
    CopyAuthority(t, kind, name, place.key);
    return t.Tell(
        flag.written, Outcome::kCarriedOver,
        "spec.tls.kubelet.mode: CustomCA, from " + kind + " " + name + ", key " + place.key);
  }
  t.preparation.push_back(
      {"The authority of the kubelets' certificates, which metrics-server reads "
       "from a file that is neither in a ConfigMap nor in a Secret.",
       "kubectl -n " + ShellWord(t.server.pipeline_namespace) +
           " create configmap kubelet-ca --from-file=ca.crt=FILE"});
  t.Tell(flag.written, Outcome::kDecide,
         "spec.tls.kubelet.mode: CustomCA; put that file into ConfigMap kubelet-ca (see below)");
}

}  // namespace mpl::migration
