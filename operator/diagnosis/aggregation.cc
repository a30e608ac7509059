#include "operator/diagnosis/aggregation.h"

#include <algorithm>

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

bool Has(const std::vector<std::string>& arguments, std::string_view prefix) {
  return std::ranges::any_of(
      arguments, [prefix](const std::string& argument) { return argument.starts_with(prefix); });
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
    const std::vector<std::string> arguments = Arguments(pod);
    const std::string name = TextAt(pod, "/metadata/name");
    if (!Has(arguments, "--proxy-client-cert-file=")) without_certificate.push_back(name);
    if (!Has(arguments, "--enable-aggregator-routing=true")) without_routing.push_back(name);
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
