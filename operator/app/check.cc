#include "operator/app/check.h"

#include <map>

#include "kube/base/version.h"
#include "kube/objects/fields.h"
#include "operator/app/crds.h"
#include "operator/diagnosis/aggregation.h"
#include "operator/diagnosis/registration.h"
#include "operator/diagnosis/signing_requests.h"
#include "operator/pipeline/pipeline.h"
#include "operator/pipeline/yaml.h"
#include "operator/plan/names.h"
#include "operator/plan/registration.h"

namespace mpl::app {
namespace {

using diagnosis::Finding;
using objects::Json;
using objects::ListAt;
using objects::Resource;
using objects::TextAt;

const Resource kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions",
                     "CustomResourceDefinition", false};
const Resource kSigningRequests{"certificates.k8s.io", "v1", "certificatesigningrequests",
                                "CertificateSigningRequest", false};

void Add(std::vector<Finding>& findings, const std::vector<Finding>& more) {
  findings.insert(findings.end(), more.begin(), more.end());
}

net::Task<Result<std::string>> ServerVersion(Session session) {
  http::Request request;
  request.target = "/version";
  const auto response = co_await session.client.Send(std::move(request));
  if (!response) co_return Within("reach the API server", response.error());
  if (auto ok = client::KubeClient::CheckStatus(*response); !ok) {
    co_return Within("ask the API server for its version", ok.error());
  }
  const Json version = Json::parse(response->body, nullptr, false);
  co_return TextAt(version, "/gitVersion");
}

net::Task<std::vector<Finding>> CheckAggregation(Session session) {
  const auto map = co_await session.client.Get(plan::ConfigMaps(), "kube-system",
                                               "extension-apiserver-authentication");
  std::vector<Finding> findings = diagnosis::JudgeAggregation(map, net::SystemNow());
  const auto pods = co_await session.client.List(plan::Pods(), "kube-system",
                                                 "labelSelector=component%3Dkube-apiserver");
  Add(findings, diagnosis::JudgeServerFlags(pods));
  co_return findings;
}

net::Task<std::vector<Finding>> CheckRegistrations(Session session) {
  std::vector<Finding> findings;
  for (const std::string& version : plan::MetricsVersions()) {
    const std::string name = plan::ApiServiceName(version);
    const auto live = co_await session.client.Get(plan::ApiServices(), "", name);
    const std::string manager = live ? plan::ManagerOf(*live) : "";
    findings.push_back(diagnosis::JudgeRegistration(name, live, manager));
  }
  co_return findings;
}

// Before the installation there is nothing to say when it is missing.
net::Task<std::vector<Finding>> CheckCrd(Session session, bool before) {
  const auto live = co_await session.client.Get(kCrds, "", "metricspipelines.metricspipeline.dev");
  const bool expected = !before || live.has_value();
  if (!expected) co_return std::vector<Finding>();
  const auto documents = pipeline::ParseYaml(kCrdYaml);
  const Json wanted = documents && !documents->empty() ? documents->front() : Json();
  co_return std::vector{diagnosis::JudgeCrd(live, wanted)};
}

net::Task<std::vector<Json>> Pipelines(Session session) {
  const auto list = co_await session.client.List(pipeline::PipelineResource(), "");
  std::vector<Json> pipelines;
  if (!list) co_return pipelines;
  for (const Json& item : ListAt(*list, "/items")) pipelines.push_back(item);
  co_return pipelines;
}

// What pipelines want of a namespace where their collectors run or shall run.
struct Wants {
  bool host = false;  // the host's network
  bool cert_manager = false;
};

std::map<std::string, Wants> NamespacesOf(const std::string& own,
                                          const std::vector<Json>& pipelines) {
  std::map<std::string, Wants> namespaces = {{own, {}}};
  for (const Json& item : pipelines) {
    const std::string named = TextAt(item, "/spec/collector/namespace");
    Wants& entry = namespaces[named.empty() ? own : named];
    entry.host |= TextAt(item, "/spec/collector/network/mode") == "Host";
    entry.cert_manager |= TextAt(item, "/spec/tls/serving/mode") == "CertManager";
  }
  return namespaces;
}

std::vector<diagnosis::CollectorPlace> PlacesOf(const std::map<std::string, Wants>& namespaces) {
  std::vector<diagnosis::CollectorPlace> places;
  places.reserve(namespaces.size());
  for (const auto& [name, wants] : namespaces) places.push_back({name, wants.cert_manager});
  return places;
}

net::Task<std::vector<Finding>> CheckNamespaces(Session session,
                                                std::map<std::string, Wants> namespaces) {
  std::vector<Finding> findings;
  for (const auto& [name, wants] : namespaces) {
    const auto live = co_await session.client.Get(plan::Namespaces(), "", name);
    findings.push_back(diagnosis::JudgeNamespace(name, live, wants.host));
  }
  co_return findings;
}

net::Task<std::vector<Finding>> CheckNodes(Session session, CheckOptions options,
                                           std::vector<Json> pipelines, std::string server) {
  std::vector<Finding> findings;
  const auto list = co_await session.client.List(plan::Nodes(), "");
  if (!list) {
    findings.push_back(diagnosis::Note(
        diagnosis::subject::kAddresses, "nodes cannot be listed: " + list.error().message,
        "addresses, versions and certificates of kubelets cannot be judged",
        "run check as somebody who may list nodes"));
    co_return findings;
  }
  const diagnosis::Scraping scraping = diagnosis::ReadScraping(pipelines, options.ns);
  const std::vector<diagnosis::NodeFacts> all = diagnosis::ReadNodes(*list);
  const std::vector<diagnosis::NodeFacts> nodes = diagnosis::SelectNodes(all, scraping.scrape);
  findings.push_back(diagnosis::JudgeKubeletVersions(server, nodes));
  Add(findings, diagnosis::JudgeOwnVersions(std::string(kVersion), pipelines));
  if (auto none = diagnosis::JudgeSelection(all.size(), nodes.size(), scraping.scrape)) {
    findings.push_back(*std::move(none));
  } else {
    Add(findings, diagnosis::JudgeAddresses(nodes, scraping.scrape.address_types));
  }
  const auto kubelets = co_await CheckKubelets(session, options, nodes, scraping);
  Add(findings, kubelets);
  const auto requests = co_await session.client.List(
      kSigningRequests, "", "fieldSelector=spec.signerName%3Dkubernetes.io%2Fkubelet-serving");
  Add(findings, diagnosis::JudgeSigningRequests(requests));
  co_return findings;
}

}  // namespace

net::Task<Result<std::vector<Finding>>> Check(Session session, CheckOptions options) {
  const auto server = co_await ServerVersion(session);
  if (!server) co_return std::unexpected(server.error());
  std::vector<Finding> findings = {
      diagnosis::Fine(diagnosis::subject::kServer, "answers: " + *server)};
  const auto aggregation = co_await CheckAggregation(session);
  Add(findings, aggregation);
  const auto registrations = co_await CheckRegistrations(session);
  Add(findings, registrations);
  const auto crd = co_await CheckCrd(session, options.before);
  Add(findings, crd);
  const std::vector<Json> pipelines = co_await Pipelines(session);
  const std::map<std::string, Wants> namespaces = NamespacesOf(options.ns, pipelines);
  std::vector<diagnosis::CollectorPlace> places = PlacesOf(namespaces);
  const auto rights = co_await CheckRights(session, options, std::move(places));
  Add(findings, rights);
  const auto checked = co_await CheckNamespaces(session, namespaces);
  Add(findings, checked);
  findings.push_back(diagnosis::JudgeServerVersion(*server));
  const auto nodes = co_await CheckNodes(session, options, pipelines, *server);
  Add(findings, nodes);
  co_return findings;
}

}  // namespace mpl::app
