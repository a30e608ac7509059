#include "operator/diagnosis/chain.h"

#include <algorithm>

#include "kube/base/text.h"
#include "kube/objects/fields.h"
#include "operator/plan/conditions.h"
#include "operator/plan/names.h"
#include "operator/plan/observed.h"
#include "operator/plan/provider.h"
#include "operator/plan/reasons.h"
#include "operator/plan/release.h"

namespace mpl::diagnosis {
namespace {

using objects::ListAt;
using objects::TextAt;

Link Sound(std::string name, std::string what) {
  return {std::move(name), LinkState::kSound, std::move(what), {}};
}
Link Waiting(std::string name, std::string what) {
  return {std::move(name), LinkState::kWaiting, std::move(what), {}};
}
Link Broken(std::string name, std::string what, std::string remedy) {
  return {std::move(name), LinkState::kBroken, std::move(what), std::move(remedy)};
}
// Why an object could not be read, when it is not simply missing.
Link Unknown(std::string name, const Error& error) {
  return {std::move(name), LinkState::kUnknown, "cannot be read: " + error.message, {}};
}

int NumberAt(const Json& object, const char* pointer, int fallback = 0) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_number_integer() ? object[at].get<int>() : fallback;
}

std::string Fraction(int part, int whole) {
  return std::to_string(part) + " of " + std::to_string(whole);
}

// A condition of the pipeline that says no; its message holds the remedy already.
const Json* Refusal(const Json& pipeline, const char* type) {
  const Json* condition = plan::FindLiveCondition(pipeline, type);
  return condition != nullptr && condition->value("status", "") == "False" ? condition : nullptr;
}

std::string Words(const Json& condition) {
  return condition.value("reason", "") + ": " + condition.value("message", "");
}

bool IsSeen(const Json& pipeline) {
  return NumberAt(pipeline, "/status/observedGeneration", -1) ==
         NumberAt(pipeline, "/metadata/generation", 0);
}

Link PipelineLink(const ChainFacts& facts) {
  const Json& pipeline = facts.pipeline;
  const Json* stalled = plan::FindLiveCondition(pipeline, "Stalled");
  if (stalled != nullptr && stalled->value("reason", "") == "InvalidSpec") {
    return Broken("pipeline", Words(*stalled), "correct the fields that the message names");
  }
  const Json* ready = plan::FindLiveCondition(pipeline, "Ready");
  if (ready != nullptr && ready->value("reason", "") == "NotActive") {
    return Broken("pipeline", Words(*ready), "delete one of the two pipelines");
  }
  const Json* paused = plan::FindLiveCondition(pipeline, "Paused");
  if (paused != nullptr && paused->value("status", "") == "True") {
    return Sound("pipeline", "Unmanaged: the operator writes status only");
  }
  if (NumberAt(pipeline, "/status/observedGeneration", -1) < 0) {
    return Waiting("pipeline", "no operator has looked at it yet");
  }
  if (!IsSeen(pipeline))
    return Waiting("pipeline", "the operator has not seen the newest spec yet");
  return Sound("pipeline", "seen by the operator");
}

// That it runs shows in what it does; it is a link only while the pipeline was not seen.
Link OperatorLink(const ChainFacts& facts) {
  const Result<Json>& live = facts.operator_deployment;
  const std::string name = "operator";
  if (!live && live.error().kind != ErrorKind::kNotFound) return Unknown(name, live.error());
  if (!live) {
    if (IsSeen(facts.pipeline)) return Sound(name, "runs outside of this Deployment");
    return Broken(name, "Deployment metricspipeline-operator does not exist",
                  "kubectl apply -k config/default, or name its namespace with --namespace");
  }
  const int available = NumberAt(*live, "/status/availableReplicas");
  const int wanted = NumberAt(*live, "/spec/replicas", 1);
  if (available > 0) return Sound(name, Fraction(available, wanted) + " available");
  if (IsSeen(facts.pipeline)) return Sound(name, "none is available now, but it has done its work");
  return Broken(name, "none of " + std::to_string(wanted) + " replicas is available",
                "kubectl -n " + TextAt(*live, "/metadata/namespace") +
                    " describe pods -l app.kubernetes.io/name=metricspipeline-operator");
}

Link NamespaceLink(const ChainFacts& facts) {
  const Result<Json>& live = facts.collector_namespace;
  if (!live && live.error().kind == ErrorKind::kNotFound) {
    return Broken("namespace", facts.ns + " does not exist",
                  "kubectl create namespace " + facts.ns);
  }
  if (!live) return Unknown("namespace", live.error());
  if (TextAt(*live, "/status/phase") == "Terminating") {
    return Broken("namespace", facts.ns + " is being deleted",
                  "wait until it is gone, then create it again");
  }
  return Sound("namespace", facts.ns);
}

Link ChildrenLink(const ChainFacts& facts) {
  std::vector<std::string> missing;
  for (const auto& [name, live] : facts.children) {
    if (!live && live.error().kind != ErrorKind::kNotFound)
      return Unknown("children", live.error());
    if (!live) missing.push_back(name);
  }
  if (missing.empty()) {
    return Sound("children", "all " + std::to_string(facts.children.size()) + " exist");
  }
  const Json* ready = Refusal(facts.pipeline, "Ready");
  const std::string why = ready == nullptr ? "" : " (" + Words(*ready) + ")";
  return Broken("children", "missing: " + Join(missing, ", ") + why,
                "the operator makes them within seconds; if not, its log says why "
                "(deployment/metricspipeline-operator)");
}

Link PodsLink(const ChainFacts& facts) {
  if (!facts.deployment) {
    const Error& error = facts.deployment.error();
    return error.kind == ErrorKind::kNotFound ? Waiting("pods", "there is no Deployment yet")
                                              : Unknown("pods", error);
  }
  const int wanted = NumberAt(*facts.deployment, "/spec/replicas", 1);
  const int ready = NumberAt(*facts.deployment, "/status/readyReplicas");
  const std::string what = Fraction(ready, wanted) + " ready";
  std::vector<std::string> troubles;
  if (facts.pods) troubles = plan::PodTroubles(*facts.pods);
  const std::string why = troubles.empty() ? "" : "; " + Join(troubles, "; ");
  if (ready >= wanted) return Sound("pods", what);
  if (ready > 0) return Waiting("pods", what + why);
  const Json* available = Refusal(facts.pipeline, "Available");
  return Broken("pods",
                what + (why.empty() && available != nullptr ? "; " + Words(*available) : why),
                "kubectl -n " + facts.ns + " describe pods -l metricspipeline.dev/pipeline=" +
                    TextAt(facts.pipeline, "/metadata/name"));
}

Link EndpointsLink(const ChainFacts& facts) {
  if (!facts.slices) return Unknown("endpoints", facts.slices.error());
  int ready = 0, all = 0;
  for (const Json& slice : ListAt(*facts.slices, "/items")) {
    for (const Json& endpoint : ListAt(slice, "/endpoints")) {
      const Json::json_pointer at("/conditions/ready");
      ++all;
      if (!endpoint.contains(at) || endpoint[at] != Json(false)) ++ready;
    }
  }
  if (ready > 0) return Sound("endpoints", Fraction(ready, all) + " ready");
  return Broken("endpoints", "the Service has no ready endpoint",
                "see pods above, and condition Available: it says why no replica is ready");
}

Link RegistrationLink(const std::string& name, const Result<Json>& live, const ChainFacts& facts) {
  const Json* refusal = Refusal(facts.pipeline, "APIServicesRegistered");
  if (refusal != nullptr && refusal->value("reason", "") == plan::reason::kNotActive) {
    return Waiting(name, "another MetricsPipeline keeps it");
  }
  if (!live && live.error().kind != ErrorKind::kNotFound) return Unknown(name, live.error());
  if (!live) {
    return Broken(name,
                  "is not registered" + (refusal == nullptr ? "" : " (" + Words(*refusal) + ")"),
                  "the operator registers it once a replica is ready");
  }
  if (plan::HolderOf(*live) != TextAt(facts.pipeline, "/metadata/name")) {
    const plan::Provider provider = plan::Classify(*live, "");
    const std::string what = "belongs to " + provider.Describe();
    // The condition knows the policy and who wrote it; without one the marks alone must do.
    if (refusal != nullptr) return Broken(name, what, refusal->value("message", ""));
    return Broken(name, what,
                  provider.insists
                      ? provider.removal
                      : (provider.injection.empty() ? "" : provider.injection + " and ") +
                            "set spec.apiServices.conflictPolicy: TakeOver, or " +
                            provider.removal);
  }
  const Json* available = plan::FindLiveCondition(*live, "Available");
  if (available == nullptr) return Waiting(name, "kube-apiserver has not looked at it yet");
  if (available->value("status", "") == "True") return Sound(name, "available");
  return Broken(
      name, Words(*available),
      refusal == nullptr ? "see condition APIServicesRegistered" : refusal->value("message", ""));
}

Link AnswerLink(const Json& pipeline) {
  const Json* ready = plan::FindLiveCondition(pipeline, "Ready");
  if (ready == nullptr) return Waiting("answer", "nobody has asked yet");
  const std::string status = ready->value("status", "");
  if (status == "True") return Sound("answer", Words(*ready));
  if (status == "Unknown") return Waiting("answer", Words(*ready));
  return Broken("answer", Words(*ready),
                "docs/conditions.md, Ready: " + ready->value("reason", ""));
}

Link NodesLink(const Json& pipeline) {
  const int total = NumberAt(pipeline, "/status/scrape/nodesTotal");
  const int healthy = NumberAt(pipeline, "/status/scrape/nodesHealthy");
  const Json* refusal = Refusal(pipeline, "ScrapeHealthy");
  if (total == 0 && refusal != nullptr) return Broken("nodes", Words(*refusal), {});
  if (total == 0) {
    const Json* scrape = plan::FindLiveCondition(pipeline, "ScrapeHealthy");
    return Waiting("nodes", scrape == nullptr ? "no replica has reported yet" : Words(*scrape));
  }
  std::vector<std::string> failing;
  for (const Json& node : ListAt(pipeline, "/status/scrape/failing")) {
    failing.push_back(TextAt(node, "/node") + ": " + TextAt(node, "/reason") + ": " +
                      TextAt(node, "/message"));
  }
  const std::string what = Fraction(healthy, total) + " scraped";
  if (refusal == nullptr && failing.empty()) return Sound("nodes", what);
  if (refusal == nullptr) return Waiting("nodes", what + "; " + SomeOf(failing));
  return Broken(
      "nodes", what + (failing.empty() ? "; " + Words(*refusal) : ""),
      failing.empty() ? "metricspipeline-operator check asks every kubelet" : SomeOf(failing));
}

// What does not stand in the way of an answer, but should not stay so.
void AddCertificates(const Json& pipeline, std::vector<Link>& chain) {
  for (const auto& [type, name] : {std::pair{"KubeletTLSVerified", "kubelet certificates"},
                                   std::pair{"CertificatesValid", "serving certificate"}}) {
    const Json* condition = plan::FindLiveCondition(pipeline, type);
    if (condition == nullptr) continue;
    const std::string status = condition->value("status", "");
    if (status == "True") chain.push_back(Sound(name, condition->value("reason", "")));
    if (status == "Unknown") chain.push_back(Waiting(name, Words(*condition)));
    if (status == "False") {
      chain.push_back(
          Broken(name, condition->value("reason", ""), condition->value("message", "")));
    }
  }
}

const char* Column(LinkState state) {
  switch (state) {
    case LinkState::kSound:
      return "ok  ";
    case LinkState::kWaiting:
      return "..  ";
    case LinkState::kUnknown:
      return "??  ";
    case LinkState::kBroken:
      break;
  }
  return "!!  ";
}

const char* Word(LinkState state) {
  switch (state) {
    case LinkState::kSound:
      return "Sound";
    case LinkState::kWaiting:
      return "Waiting";
    case LinkState::kUnknown:
      return "Unknown";
    case LinkState::kBroken:
      break;
  }
  return "Broken";
}

}  // namespace

std::vector<Link> MakeChain(const ChainFacts& facts) {
  std::vector<Link> chain = {PipelineLink(facts), OperatorLink(facts), NamespaceLink(facts),
                             ChildrenLink(facts), PodsLink(facts),     EndpointsLink(facts)};
  for (const auto& [name, live] : facts.api_services) {
    chain.push_back(RegistrationLink(name, live, facts));
  }
  chain.push_back(AnswerLink(facts.pipeline));
  chain.push_back(NodesLink(facts.pipeline));
  AddCertificates(facts.pipeline, chain);
  return chain;
}

const Link* FirstBroken(const std::vector<Link>& chain) {
  const auto found = std::ranges::find(chain, LinkState::kBroken, &Link::state);
  return found == chain.end() ? nullptr : &*found;
}

std::string Describe(const std::string& pipeline, const std::vector<Link>& chain) {
  std::string text = "MetricsPipeline " + pipeline;
  if (const Link* broken = FirstBroken(chain)) {
    text += " is broken at: " + broken->name + ": " + broken->what + "\n";
    if (!broken->remedy.empty()) text += "      fix: " + broken->remedy + "\n";
  } else {
    text += "\n";
  }
  for (const Link& link : chain) {
    text += std::string("  ") + Column(link.state) + link.name + ": " + link.what + "\n";
  }
  return text;
}

Json ToJson(const std::string& pipeline, const std::vector<Link>& chain) {
  Json links = Json::array();
  for (const Link& link : chain) {
    Json entry = {{"name", link.name}, {"state", Word(link.state)}, {"what", link.what}};
    if (!link.remedy.empty()) entry["remedy"] = link.remedy;
    links.push_back(std::move(entry));
  }
  const Link* broken = FirstBroken(chain);
  Json result = {{"pipeline", pipeline}, {"sound", broken == nullptr}, {"links", std::move(links)}};
  if (broken != nullptr) result["firstBroken"] = broken->name;
  return result;
}

}  // namespace mpl::diagnosis
