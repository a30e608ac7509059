// Flags that become fields of spec.
#include <algorithm>

#include "kube/base/text.h"
#include "operator/migration/translation.h"

namespace mpl::migration {
namespace {

// Once for every time the flag is given: what comes later is appended.
void AddressTypes(Translation& t, const Flag& flag) {
  Json types = objects::ListAt(t.spec, "/scrape/addressTypes");
  for (const std::string_view piece : Split(flag.value, ',')) {
    const std::string type(Trim(piece));
    static constexpr std::string_view kKnown[] = {"Hostname", "InternalDNS", "InternalIP",
                                                  "ExternalDNS", "ExternalIP"};
    if (std::ranges::find(kKnown, type) == std::end(kKnown)) {
      t.Tell(flag.written, Outcome::kDecide,
             "'" + type + "' is no address type of Kubernetes, and was left out");
      continue;
    }
    if (std::ranges::find(types, Json(type)) == types.end()) types.push_back(type);
  }
  if (types.empty()) return;
  t.spec["scrape"]["addressTypes"] = types;
  Carry(t, flag, "scrape.addressTypes", types);
}

constexpr const char* kNoTls = "deprecated-kubelet-completely-insecure";

void SetStatusPort(Translation& t) { t.spec["scrape"]["port"] = {{"source", "NodeStatus"}}; }

void Port(Translation& t, const Flag& flag) {
  if (t.IsOn("kubelet-use-node-status-port")) {
    return t.Tell(flag.written, Outcome::kNeedless,
                  "--kubelet-use-node-status-port takes precedence; 10250 where a node tells none");
  }
  if (t.IsOn(kNoTls)) {
    return t.Tell(flag.written, Outcome::kDecide,
                  "with --" + std::string(kNoTls) +
                      " it is a port without TLS, which is not used. spec.scrape.port.source: "
                      "NodeStatus, where each node says that its kubelet has TLS");
  }
  const auto number = ParseInteger(flag.value);
  if (!number || *number < 1 || *number > 65535) {
    return t.Tell(flag.written, Outcome::kDecide, "is no port: set spec.scrape.port");
  }
  t.spec["scrape"]["port"] = {{"source", "Fixed"}, {"number", *number}};
  Carry(t, flag, "scrape.port", t.spec["scrape"]["port"]);
}

void StatusPort(Translation& t, const Flag& flag) {
  if (!t.IsOn(flag.name)) {
    return t.IsOn(kNoTls)
               ? t.Tell(flag.written, Outcome::kNeedless, "see --" + std::string(kNoTls))
               : t.Tell(flag.written, Outcome::kCarriedOver, "spec.scrape.port: Fixed, see below");
  }
  SetStatusPort(t);
  Carry(t, flag, "scrape.port.source", "NodeStatus");
}

void Insecure(Translation& t, const Flag& flag) {
  if (!t.IsOn(flag.name)) {
    return t.Tell(flag.written, Outcome::kNeedless, "is off");
  }
  Trust(t, "Auto");
  if (flag.name == "kubelet-insecure-tls") {
    return t.Tell(flag.written, Outcome::kCarriedOver,
                  "spec.tls.kubelet.mode: Auto: verified where that is possible, else the key is "
                  "pinned on first contact. check says beforehand whether a kubelet would be "
                  "refused; only then set Insecure");
  }
  SetStatusPort(t);
  t.Tell(flag.written, Outcome::kDecide,
         "kubelets are always asked over TLS with a token: the read-only port is not used. "
         "spec.tls.kubelet.mode: Auto, spec.scrape.port.source: NodeStatus");
}

void SecurePort(Translation& t, const Flag& flag) {
  if (t.pod.value("hostNetwork", false)) {
    return t.Tell(flag.written, Outcome::kCarriedOver,
                  "spec.collector.network.securePort, a port of its own: see hostNetwork");
  }
  t.Tell(flag.written, Outcome::kNeedless, "the port of a pod of its own; the Service's is 443");
}

void TlsMinimum(Translation& t, const Flag& flag) {
  if (flag.value == "VersionTLS13") {
    return t.Tell(flag.written, Outcome::kDecide, "the collector offers TLS 1.2 as well");
  }
  t.Tell(flag.written, Outcome::kNeedless, "TLS 1.2 and 1.3 with AEAD suites, always");
}

void AllowedPaths(Translation& t, const Flag& flag) {
  if (flag.value.find("/metrics") == std::string::npos) {
    return t.Tell(flag.written, Outcome::kNeedless, "health checks need no right");
  }
  t.Tell(flag.written, Outcome::kDecide,
         "the collector's own /metrics asks for a right: give your Prometheus a ClusterRole with "
         "nonResourceURLs [/metrics], verb get");
}

void Verbosity(Translation& t, const Flag& flag) {
  const auto level = ParseInteger(flag.value);
  const std::string name = level && *level >= 4 ? "Debug" : "Info";
  if (name != "Info") t.spec["collector"]["logging"]["level"] = name;
  Carry(t, flag, "collector.logging.level", name);
}

void LogFormat(Translation& t, const Flag& flag) {
  const std::string name = flag.value == "json" ? "Json" : "Text";
  if (name != "Json") t.spec["collector"]["logging"]["format"] = name;
  Carry(t, flag, "collector.logging.format", name);
}

void NodeSelector(Translation& t, const Flag& flag) {
  const std::string selector(Trim(flag.value));
  if (selector.empty()) return t.Tell(flag.written, Outcome::kNeedless, "selects every node");
  t.spec["scrape"]["nodeSelector"] = selector;
  Carry(t, flag, "scrape.nodeSelector", selector);
}

using Translator = void (*)(Translation&, const Flag&);
const std::map<std::string_view, Translator>& Translators() {
  static const std::map<std::string_view, Translator> kAll = {
      {"metric-resolution", TranslateResolution},
      {"kubelet-request-timeout", TranslateTimeout},
      {"kubelet-preferred-address-types", AddressTypes},
      {"kubelet-port", Port},
      {"kubelet-use-node-status-port", StatusPort},
      {"kubelet-certificate-authority", TranslateAuthority},
      {"kubelet-insecure-tls", Insecure},
      {"deprecated-kubelet-completely-insecure", Insecure},
      {"kubelet-client-certificate", TranslateClientCertificate},
      {"kubelet-client-key", TranslateClientCertificate},
      {"node-selector", NodeSelector},
      {"secure-port", SecurePort},
      {"tls-min-version", TlsMinimum},
      {"authorization-always-allow-paths", AllowedPaths},
      {"v", Verbosity},
      {"logging-format", LogFormat},
  };
  return kAll;
}

}  // namespace

bool Translation::IsOn(const std::string& name) const {
  const auto found = given.find(name);
  // What Go's strconv.ParseBool takes for true.
  static constexpr std::string_view kTrue[] = {"1", "t", "T", "true", "TRUE", "True"};
  return found != given.end() && std::ranges::find(kTrue, found->second.value) != std::end(kTrue);
}

std::string Translation::ValueOf(const std::string& name, const std::string& fallback) const {
  const auto found = given.find(name);
  return found == given.end() ? fallback : found->second.value;
}

void Carry(Translation& t, const Flag& flag, const std::string& field, const Json& value) {
  t.Tell(flag.written, Outcome::kCarriedOver,
         "spec." + field + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
}

bool TranslateFlag(Translation& translation, const Flag& flag) {
  const auto found = Translators().find(flag.name);
  if (found == Translators().end()) return false;
  found->second(translation, flag);
  return true;
}

void TranslateDefaults(Translation& t) {
  const auto missing = [&](const char* name) { return !t.given.contains(name); };
  TranslateDefaultTimes(t);
  if (missing("kubelet-preferred-address-types")) {
    const Json types = {"Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"};
    t.spec["scrape"]["addressTypes"] = types;
    t.Tell("--kubelet-preferred-address-types (default)", Outcome::kCarriedOver,
           "spec.scrape.addressTypes: " + types.dump() +
               "; leave it out for InternalIP, ExternalIP, Hostname");
  }
  if (!t.spec["scrape"].contains("port") && missing("kubelet-port")) {
    t.spec["scrape"]["port"] = {{"source", "Fixed"}, {"number", 10250}};
    t.Tell("--kubelet-port (default 10250)", Outcome::kCarriedOver,
           "spec.scrape.port: Fixed, 10250; leave it out to take each node's own");
  }
  const bool judged =
      t.IsOn("kubelet-insecure-tls") || !missing("kubelet-certificate-authority") || t.IsOn(kNoTls);
  if (!judged) {
    Trust(t, "ClusterCA");
    t.Tell("kubelet certificates (verified by default)", Outcome::kCarriedOver,
           "spec.tls.kubelet.mode: ClusterCA");
  }
}

}  // namespace mpl::migration
