#include "operator/app/check.h"

#include <algorithm>

#include "kube/base/text.h"
#include "operator/pipeline/pipeline.h"
#include "operator/plan/names.h"
#include "operator/plan/registration.h"

namespace mpl::app {
namespace {

using client::KubeClient;
using objects::Json;
using objects::Resource;
using Mark = Finding::Mark;

const Resource kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                     "CustomResourceDefinition", false};
const Resource kSelfReviews{"authorization.k8s.io", "v1", "selfsubjectaccessreviews",
                            "SelfSubjectAccessReview", false};
const Resource kReviews{"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview",
                        false};

std::string Text(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : "";
}

net::Task<Result<Finding>> CheckServer(KubeClient& client) {
  http::Request request;
  request.target = "/version";
  const auto response = co_await client.Send(std::move(request));
  if (!response) co_return Within("reach the API server", response.error());
  if (auto ok = KubeClient::CheckStatus(*response); !ok) {
    co_return Within("ask the API server for its version", ok.error());
  }
  const Json version = Json::parse(response->body, nullptr, false);
  co_return Finding{Mark::kFine, "API server answers: " + Text(version, "/gitVersion"), ""};
}

net::Task<Finding> CheckAggregation(KubeClient& client) {
  const auto map =
      co_await client.Get(plan::ConfigMaps(), "kube-system", "extension-apiserver-authentication");
  if (!map) {
    co_return Finding{Mark::kNote, "aggregation layer: cannot be judged: " + map.error().message,
                      "run check as somebody who may read ConfigMap "
                      "kube-system/extension-apiserver-authentication"};
  }
  if (Text(*map, "/data/requestheader-client-ca-file").empty()) {
    co_return Finding{Mark::kFault, "aggregation layer is off",
                      "start kube-apiserver with --requestheader-client-ca-file, "
                      "--proxy-client-cert-file and --proxy-client-key-file"};
  }
  co_return Finding{Mark::kFine, "aggregation layer is on", ""};
}

net::Task<Finding> CheckCrd(KubeClient& client) {
  const std::string name = "metricspipelines.metricspipeline.dev";
  const auto crd = co_await client.Get(kCrds, "", name);
  if (!crd) {
    co_return Finding{
        Mark::kFault, "CustomResourceDefinition " + name + ": " + crd.error().message,
        "kubectl apply -k crds, or metricspipeline-operator crds | kubectl apply -f -"};
  }
  const auto served = co_await client.List(pipeline::PipelineResource(), "", "limit=1");
  if (!served) {
    co_return Finding{Mark::kFault, "metricspipelines are not served: " + served.error().message,
                      "kubectl describe crd " + name};
  }
  co_return Finding{Mark::kFine, "CustomResourceDefinition is installed and served", ""};
}

Json Review(const Right& right, const std::string& verb) {
  Json attributes = {{"group", right.group}, {"resource", right.resource}, {"verb", verb}};
  if (!right.subresource.empty()) attributes["subresource"] = right.subresource;
  if (!right.ns.empty()) attributes["namespace"] = right.ns;
  if (!right.name.empty()) attributes["name"] = right.name;
  return attributes;
}

// Somebody who may ask about others asks about the operator's ServiceAccount; else it is asked
// about ourselves.
net::Task<Result<bool>> IsAllowed(KubeClient& client, Json attributes, std::string user) {
  Json review = {{"spec", {{"resourceAttributes", std::move(attributes)}}}};
  const Resource& kind = user.empty() ? kSelfReviews : kReviews;
  review["apiVersion"] = kind.ApiVersion();
  review["kind"] = kind.kind;
  if (!user.empty()) review["spec"]["user"] = user;
  const auto answer = co_await client.Create(kind, "", review);
  if (!answer) co_return std::unexpected(answer.error());
  const Json::json_pointer allowed("/status/allowed");
  co_return answer->contains(allowed) && (*answer)[allowed] == Json(true);
}

net::Task<Result<std::vector<Finding>>> CheckRights(KubeClient& client, std::string ns) {
  std::string user = "system:serviceaccount:" + ns + ":metricspipeline-operator";
  const std::vector<Right> rights = NeededRights(ns);
  Json first = Review(rights.front(), "get");
  const auto may_ask = co_await IsAllowed(client, std::move(first), user);
  if (!may_ask) user.clear();
  std::vector<Finding> findings;
  for (const Right& right : rights) {
    std::vector<std::string> missing;
    for (const std::string& verb : right.verbs) {
      Json attributes = Review(right, verb);
      const auto allowed = co_await IsAllowed(client, std::move(attributes), user);
      if (!allowed) co_return Within("ask for the operator's rights", allowed.error());
      if (!*allowed) missing.push_back(verb);
    }
    if (missing.empty()) continue;
    findings.push_back({Mark::kFault,
                        (user.empty() ? "this identity" : user) + " may not " +
                            Join(missing, ", ") + " " + right.ToString(),
                        "kubectl apply -k config/rbac"});
  }
  if (findings.empty()) {
    findings.push_back({Mark::kFine,
                        (user.empty() ? "this identity" : user) + " has all rights that it needs",
                        ""});
  }
  co_return findings;
}

net::Task<Finding> CheckOwner(KubeClient& client, std::string name) {
  const auto live = co_await client.Get(plan::ApiServices(), "", name);
  if (!live) {
    if (live.error().kind == ErrorKind::kNotFound) {
      co_return Finding{Mark::kFine, name + " is free", ""};
    }
    co_return Finding{Mark::kNote, name + ": " + live.error().message, "see the rights above"};
  }
  const std::string service = plan::ServiceOf(*live);
  const std::string label = Text(*live, "/metadata/labels/app.kubernetes.io~1managed-by");
  if (label == "metricspipeline-operator") {
    co_return Finding{Mark::kFine, name + " is ours: Service " + service, ""};
  }
  co_return Finding{
      Mark::kNote,
      name + " belongs to Service " + service + " (field manager " + plan::ManagerOf(*live) + ")",
      "remove that provider first, or set spec.apiServices.conflictPolicy: TakeOver"};
}

}  // namespace

net::Task<Result<std::vector<Finding>>> Check(KubeClient& client, std::string ns) {
  std::vector<Finding> findings;
  auto server = co_await CheckServer(client);
  if (!server) co_return std::unexpected(server.error());
  findings.push_back(std::move(*server));
  findings.push_back(co_await CheckAggregation(client));
  findings.push_back(co_await CheckCrd(client));
  auto rights = co_await CheckRights(client, ns);
  if (!rights) co_return std::unexpected(rights.error());
  findings.insert(findings.end(), rights->begin(), rights->end());
  for (const std::string& version : plan::MetricsVersions()) {
    findings.push_back(co_await CheckOwner(client, plan::ApiServiceName(version)));
  }
  co_return findings;
}

std::string Describe(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    const char* mark = finding.mark == Mark::kFine   ? "ok  "
                       : finding.mark == Mark::kNote ? "note"
                                                     : "FAIL";
    text += std::string(mark) + "  " + finding.what + "\n";
    if (!finding.remedy.empty()) text += "      " + finding.remedy + "\n";
  }
  return text;
}

bool HasFault(const std::vector<Finding>& findings) {
  return std::ranges::any_of(findings,
                             [](const Finding& finding) { return finding.mark == Mark::kFault; });
}

}  // namespace mpl::app
