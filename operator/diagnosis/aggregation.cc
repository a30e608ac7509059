#include "operator/diagnosis/aggregation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "kube/base/text.h"
#include "kube/objects/fields.h"
#include "kube/x509/certificate.h"

namespace mpl::diagnosis {
namespace {

using objects::ListAt;
using objects::TextAt;
using x509::Certificate;

constexpr auto kSoon = std::chrono::days(30);
constexpr const char* kFlags =
    "start kube-apiserver with --requestheader-client-ca-file, --requestheader-allowed-names, "
    "--requestheader-username-headers=X-Remote-User, --requestheader-group-headers=X-Remote-Group, "
    "--requestheader-extra-headers-prefix=X-Remote-Extra-, --proxy-client-cert-file and "
    "--proxy-client-key-file";
constexpr const char* kNoApi =
    "without it kube-apiserver cannot say to an extension API server who asks: kubectl top and "
    "autoscalers get 401";

// Values are JSON lists of strings in a string (kube-apiserver writes them so).
std::vector<std::string> NameList(const Json& map, const char* pointer) {
  const Json list = Json::parse(TextAt(map, pointer), nullptr, false);
  std::vector<std::string> names;
  if (!list.is_array()) return names;
  for (const Json& item : list) {
    if (item.is_string()) names.push_back(item.get<std::string>());
  }
  return names;
}

Finding JudgeAuthorities(const std::vector<Certificate>& authorities, TimePoint now) {
  const auto valid = [now](const Certificate& authority) {
    return authority.not_before() <= now && now <= authority.not_after();
  };
  const auto last = std::ranges::max_element(authorities, {}, &Certificate::not_after);
  const std::string until = FormatRfc3339(last->not_after());
  if (std::ranges::none_of(authorities, valid)) {
    return Fault(
        subject::kAggregation,
        "the request-header CA (" + last->subject() + ") is not valid now, its end is " + until,
        kNoApi, "renew the front-proxy certificates (kubeadm certs renew all)");
  }
  if (last->not_after() - now < kSoon) {
    return Note(subject::kAggregation,
                "the request-header CA (" + last->subject() + ") expires on " + until, kNoApi,
                "renew the front-proxy CA before that day");
  }
  return Fine(subject::kAggregation,
              "request-header CA " + last->subject() + ", valid until " + until);
}

// With a CA that also signs users and no list of names, every user could speak for every other one.
Finding JudgeNames(const Json& map, const std::vector<Certificate>& authorities) {
  const std::vector<std::string> names = NameList(map, "/data/requestheader-allowed-names");
  if (!names.empty()) {
    return Fine(subject::kAggregation, "the front proxy is known by name: " + Join(names, ", "));
  }
  const std::string remedy =
      "set --requestheader-allowed-names=front-proxy-client (the name in --proxy-client-cert-file)";
  const auto users = x509::ParsePemCertificates(TextAt(map, "/data/client-ca-file"));
  const bool shared =
      users && std::ranges::any_of(authorities, [&](const Certificate& authority) {
        return std::ranges::find(*users, authority.sha256(), &Certificate::sha256) != users->end();
      });
  if (shared) {
    return Fault(subject::kAggregation,
                 "the request-header CA also signs users, and no proxy names are listed",
                 "whoever has a client certificate can speak to every extension API server as "
                 "anybody, cluster admin included",
                 remedy + ", or use a CA of its own");
  }
  return Note(subject::kAggregation,
              "every certificate of the request-header CA counts as the front proxy",
              "whoever gets a certificate from that CA can speak as anybody", remedy);
}

std::vector<std::string> Arguments(const Json& pod) {
  std::vector<std::string> all;
  for (const Json& container : ListAt(pod, "/spec/containers")) {
    for (const char* list : {"/command", "/args"}) {
      for (const Json& argument : ListAt(container, list)) {
        if (argument.is_string()) all.push_back(argument.get<std::string>());
      }
    }
  }
  return all;
}

// The words of a command line, as far as they can be known here.
struct CommandLine {
  std::vector<std::string> words;
  bool complete = true;  // no variable of a shell stands for more of them
};

// An argument with white space is a shell's: `sh -c "exec kube-apiserver --a=b"`.
void AddShellWords(const std::string& script, CommandLine& line) {
  std::string word;
  const auto end_word = [&] {
    if (word.starts_with('$')) line.complete = false;
    if (!word.empty()) line.words.push_back(std::exchange(word, {}));
  };
  for (const char c : script) {
    if (std::string_view(" \t\r\n\\;|&<>").contains(c)) {
      end_word();
    } else if (c != '"' && c != '\'') {
      word += c;
    }
  }
  end_word();
}

CommandLine CommandLineOf(const Json& pod) {
  CommandLine line;
  for (const std::string& argument : Arguments(pod)) {
    if (argument.find_first_of(" \t\n") == std::string::npos) {
      line.words.push_back(argument);
    } else {
      AddShellWords(argument, line);
    }
  }
  return line;
}

// "--enable_aggregator_routing=x" is the same flag (k8s.io/component-base,
// cli/flag.WordSepNormalizeFunc).
std::string Normalised(const std::string& word) {
  std::string text = word;
  std::replace(text.begin(),
               text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), text.find('='))),
               '_', '-');
  return text;
}

// The value of a flag as pflag reads it, the last one; nothing when it is not set. Only those of
// text take the word behind them: `--flag value`; a switch alone is "true".
enum class FlagKind { kText, kSwitch };
std::optional<std::string> FlagOf(const CommandLine& line, const std::string& flag, FlagKind kind) {
  std::optional<std::string> value;
  for (std::size_t i = 0; i < line.words.size(); ++i) {
    const std::string word = Normalised(line.words[i]);
    if (word.starts_with(flag + "=")) value = word.substr(flag.size() + 1);
    if (word != flag) continue;
    if (kind == FlagKind::kSwitch) value = "true";
    if (kind == FlagKind::kText && i + 1 < line.words.size()) value = line.words[++i];
  }
  return value;
}

bool HasProxyCertificate(const CommandLine& line) {
  return !FlagOf(line, "--proxy-client-cert-file", FlagKind::kText).value_or("").empty();
}

// Go's strconv.ParseBool; kube-apiserver does not start with another value.
bool RoutesItself(const CommandLine& line) {
  const auto value = FlagOf(line, "--enable-aggregator-routing", FlagKind::kSwitch);
  constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "TRUE", "true", "True"};
  return value && std::ranges::find(kTrue, *value) != kTrue.end();
}

Finding Unseen(const std::string& what) {
  return Note(
      subject::kAggregation, what,
      "whether it has a proxy client certificate and --enable-aggregator-routing shows only "
      "in its flags",
      "nothing to do when another extension API works here; else look at the flags of "
      "kube-apiserver");
}

}  // namespace

std::vector<Finding> JudgeAggregation(const Result<Json>& map, TimePoint now) {
  const std::string name = "ConfigMap kube-system/extension-apiserver-authentication";
  if (!map) {
    const bool missing = map.error().kind == ErrorKind::kNotFound;
    if (missing) {
      return {Fault(subject::kAggregation, name + " does not exist", kNoApi, kFlags)};
    }
    return {Note(subject::kAggregation, name + " cannot be read: " + map.error().message,
                 "it says whether extension APIs can work here",
                 "run check as somebody who may read it")};
  }
  const std::string pem = TextAt(*map, "/data/requestheader-client-ca-file");
  if (Trim(pem).empty()) {
    return {
        Fault(subject::kAggregation, "kube-apiserver has no request-header CA", kNoApi, kFlags)};
  }
  const auto authorities = x509::ParsePemCertificates(pem);
  if (!authorities) {
    return {Fault(subject::kAggregation,
                  "the request-header CA cannot be read: " + authorities.error().message, kNoApi,
                  "put PEM certificates into kube-apiserver's --requestheader-client-ca-file")};
  }
  std::vector<Finding> findings = {JudgeAuthorities(*authorities, now),
                                   JudgeNames(*map, *authorities)};
  if (NameList(*map, "/data/requestheader-username-headers").empty()) {
    findings.push_back(Fault(subject::kAggregation,
                             "kube-apiserver names no header for the user's name", kNoApi, kFlags));
  }
  return findings;
}

std::vector<Finding> JudgeServerFlags(const Result<Json>& pods) {
  if (!pods) return {Unseen("kube-apiserver's pods cannot be listed: " + pods.error().message)};
  const Json items = ListAt(*pods, "/items");
  if (items.empty()) return {Unseen("kube-apiserver does not run as a pod here")};
  std::vector<std::string> without_certificate, without_routing;
  for (const Json& pod : items) {
    const CommandLine line = CommandLineOf(pod);
    const std::string name = TextAt(pod, "/metadata/name");
    const bool certificate = HasProxyCertificate(line), routing = RoutesItself(line);
    if (!line.complete && !(certificate && routing)) {
      return {Unseen("a shell's variables hide flags of kube-apiserver in pod " + name)};
    }
    if (!certificate) without_certificate.push_back(name);
    if (!routing) without_routing.push_back(name);
  }
  std::vector<Finding> findings;
  if (!without_certificate.empty()) {
    findings.push_back(Fault(subject::kAggregation,
                             "no --proxy-client-cert-file on " + SomeOf(without_certificate),
                             kNoApi, kFlags));
  } else {
    findings.push_back(
        Fine(subject::kAggregation, "kube-apiserver has a proxy client certificate"));
  }
  if (!without_routing.empty()) {
    findings.push_back(Note(
        subject::kAggregation, "--enable-aggregator-routing is off on " + SomeOf(without_routing),
        "kube-apiserver dials the Service's cluster IP: its machine needs kube-proxy (or what "
        "stands in for it), and one replica may get all requests of a connection",
        "nothing to do when kube-proxy runs on the control plane; else set "
        "--enable-aggregator-routing=true on kube-apiserver"));
  } else {
    findings.push_back(Fine(subject::kAggregation,
                            "kube-apiserver goes to the endpoints itself (aggregator routing)"));
  }
  return findings;
}

}  // namespace mpl::diagnosis
