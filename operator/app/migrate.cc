#include "operator/app/migrate.h"

#include "kube/base/text.h"
#include "kube/objects/fields.h"
#include "operator/plan/names.h"
#include "operator/plan/registration.h"

namespace mpl::app {
namespace {

using migration::MetricsServer;
using objects::Json;
using objects::ListAt;
using objects::NamespacedName;
using objects::TextAt;

NamespacedName ParseName(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {"kube-system", text};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

// Already ours: what it was before stands in an annotation; null when nobody had it before us.
Json AsBefore(const Json& live) {
  const bool ours =
      TextAt(live, "/metadata/labels/app.kubernetes.io~1managed-by") == plan::kFieldManager;
  if (!ours) return live;
  const std::string previous =
      TextAt(live, "/metadata/annotations/metricspipeline.dev~1previous-spec");
  const Json spec = Json::parse(previous, nullptr, false);
  if (!spec.is_object()) return nullptr;
  Json before = live;
  before["spec"] = spec;
  return before;
}

// True when a Service with this selector finds pods of the Deployment.
bool Selects(const Json& selector, const Json& deployment) {
  const Json labels = ListAt(deployment, "/spec/template/metadata/labels");
  if (!selector.is_object() || selector.empty() || !labels.is_object()) return false;
  for (const auto& [key, value] : selector.items()) {
    if (!labels.contains(key) || labels[key] != value) return false;
  }
  return true;
}

net::Task<Result<Json>> BehindService(Session session, NamespacedName service) {
  const auto live = co_await session.client.Get(plan::Services(), service.ns, service.name);
  if (!live) co_return Within("Service " + service.ToString(), live.error());
  const Json selector = ListAt(*live, "/spec/selector");
  const auto list = co_await session.client.List(plan::Deployments(), service.ns);
  if (!list) co_return Within("list Deployments in " + service.ns, list.error());
  for (const Json& deployment : ListAt(*list, "/items")) {
    if (Selects(selector, deployment)) co_return deployment;
  }
  co_return Fail(ErrorKind::kNotFound, "no Deployment is behind Service " + service.ToString());
}

}  // namespace

net::Task<Result<MetricsServer>> FindMetricsServer(Session session, MigrateOptions options) {
  MetricsServer server;
  server.pipeline_namespace = options.ns;
  server.pipeline_name = options.pipeline;
  const std::string api = plan::ApiServiceName("v1beta1");
  const auto live = co_await session.client.Get(plan::ApiServices(), "", api);
  if (live) {
    server.api_service = AsBefore(*live);
    server.manager = plan::ManagerOf(*live);
  } else if (live.error().kind != ErrorKind::kNotFound) {
    co_return Within("APIService " + api, live.error());
  }
  const std::string service = plan::ServiceOf(server.api_service);
  if (options.deployment.empty() && service.empty()) {
    co_return Fail(ErrorKind::kNotFound,
                   api +
                       " is registered for no Service: there is nothing to replace. Name the "
                       "Deployment (migrate NAMESPACE/NAME) if there is one all the same");
  }
  Result<Json> deployment;
  if (options.deployment.empty()) {
    deployment = co_await BehindService(session, ParseName(service));
  } else {
    const NamespacedName name = ParseName(options.deployment);
    deployment = co_await session.client.Get(plan::Deployments(), name.ns, name.name);
  }
  if (!deployment) {
    co_return Within("find metrics-server (migrate NAMESPACE/NAME names its Deployment)",
                     deployment.error());
  }
  server.deployment = *std::move(deployment);
  co_return server;
}

}  // namespace mpl::app
