// Reads what a pipeline's chain is judged by.
#include "kube/base/text.h"
#include "kube/objects/fields.h"
#include "operator/app/status.h"
#include "operator/pipeline/pipeline.h"
#include "operator/plan/names.h"

namespace mpl::app {
namespace {

using objects::Json;
using objects::Resource;

struct Child {
  const Resource& resource;
  std::string name;
};

// Those without which nothing works. What the operator makes beside them shows in conditions.
std::vector<Child> Children(const plan::Names& names, const Json& pipeline) {
  std::vector<Child> children = {{plan::ServiceAccounts(), names.collector},
                                 {plan::ServiceAccounts(), names.scraper},
                                 {plan::ConfigMaps(), names.config},
                                 {plan::Services(), names.collector},
                                 {plan::Deployments(), names.collector}};
  const std::string serving = objects::TextAt(pipeline, "/spec/tls/serving/mode");
  if (serving.empty() || serving == "SelfManaged") {
    children.push_back({plan::Secrets(), names.serving});
  }
  return children;
}

net::Task<Result<Json>> ListLabelled(Session session, const Resource& resource, std::string ns,
                                     std::string selector) {
  std::string query = "labelSelector=" + PercentEncode(selector);
  auto list = co_await session.client.List(resource, ns, query);
  co_return list;
}

}  // namespace

net::Task<diagnosis::ChainFacts> ReadChain(Session session, Json pipeline,
                                           std::string operator_namespace) {
  diagnosis::ChainFacts facts;
  const std::string named = objects::TextAt(pipeline, "/spec/collector/namespace");
  facts.ns = named.empty() ? operator_namespace : named;
  const std::string name = objects::TextAt(pipeline, "/metadata/name");
  const plan::Names names(name, facts.ns);
  client::KubeClient& client = session.client;
  facts.operator_deployment =
      co_await client.Get(plan::Deployments(), operator_namespace, "metricspipeline-operator");
  facts.collector_namespace = co_await client.Get(plan::Namespaces(), "", facts.ns);
  const std::vector<Child> children = Children(names, pipeline);
  for (const Child& child : children) {
    auto live = co_await client.Get(child.resource, facts.ns, child.name);
    facts.children.emplace_back(child.resource.kind + " " + facts.ns + "/" + child.name,
                                std::move(live));
  }
  facts.deployment = co_await client.Get(plan::Deployments(), facts.ns, names.collector);
  std::string of_pipeline = std::string(plan::kPipelineLabel) + "=" + name;
  facts.pods = co_await ListLabelled(session, plan::Pods(), facts.ns, std::move(of_pipeline));
  std::string of_service = "kubernetes.io/service-name=" + names.collector;
  facts.slices =
      co_await ListLabelled(session, plan::EndpointSlices(), facts.ns, std::move(of_service));
  for (const std::string& version : plan::MetricsVersions()) {
    const std::string api = plan::ApiServiceName(version);
    auto live = co_await client.Get(plan::ApiServices(), "", api);
    facts.api_services.emplace_back(api, std::move(live));
  }
  facts.pipeline = std::move(pipeline);
  co_return facts;
}

}  // namespace mpl::app
