#include "operator/app/gather.h"

#include <boost/asio/this_coro.hpp>
#include <set>

#include "kube/base/digest.h"
#include "kube/base/text.h"
#include "kube/base/version.h"
#include "kube/objects/fields.h"
#include "operator/app/check.h"
#include "operator/app/status.h"
#include "operator/controller/endpoints.h"
#include "operator/diagnosis/redact.h"
#include "operator/pipeline/pipeline.h"
#include "operator/plan/names.h"

namespace mpl::app {
namespace {

using objects::Json;
using objects::ListAt;
using objects::Resource;
using objects::TextAt;

const Resource kEvents{"", "v1", "events", "Event", true};
constexpr std::size_t kPodsPerNamespace = 30;
constexpr std::size_t kNodesKept = 1000;

// Raw objects first: what is in Secrets is known only at the end, and then removed everywhere.
struct Collection {
  Collection(Session s, GatherOptions o) : session(s), options(std::move(o)) {}

  Session session;
  GatherOptions options;
  std::map<std::string, std::string> files;
  std::vector<std::string> secrets;
  std::string errors;

  void Miss(const std::string& what, const Error& error) {
    errors += what + ": " + error.message + "\n";
  }
  // What must not appear anywhere.
  void Learn(const Json& secret_list) {
    for (const Json& item : ListAt(secret_list, "/items")) {
      const std::vector<std::string> values = diagnosis::SecretValues(item);
      secrets.insert(secrets.end(), values.begin(), values.end());
    }
  }
  void Put(const std::string& path, const Json& object) {
    files[path] =
        diagnosis::WithoutSecrets(object).dump(2, ' ', false, Json::error_handler_t::replace) +
        "\n";
  }
};

net::Task<Json> ListInto(Collection& all, std::string path, const Resource& resource,
                         std::string ns, std::string query) {
  const auto list = co_await all.session.client.List(resource, ns, query);
  if (!list) {
    all.Miss("list " + resource.plural + (ns.empty() ? "" : " in " + ns), list.error());
    co_return Json::object();
  }
  if (resource == plan::Secrets()) all.Learn(*list);
  all.Put(path, *list);
  co_return *list;
}

net::Task<void> GatherLog(Collection& all, std::string path, std::string target) {
  http::Request request;
  request.target = target + "&tailLines=" + std::to_string(all.options.log_lines) +
                   "&limitBytes=" + std::to_string(all.options.log_bytes);
  net::CallLimits limits;
  limits.body_limit_bytes = 2 * all.options.log_bytes;
  const auto response = co_await all.session.client.Send(std::move(request), limits);
  Result<void> ok = response ? client::KubeClient::CheckStatus(*response)
                             : Result<void>(std::unexpected(response.error()));
  if (ok) {
    all.files[path] = response->body;
  } else {
    all.Miss(path, ok.error());
  }
}

bool HasRestarted(const Json& pod, const std::string& container) {
  for (const Json& status : ListAt(pod, "/status/containerStatuses")) {
    if (TextAt(status, "/name") == container) return status.value("restartCount", 0) > 0;
  }
  return false;
}

net::Task<void> GatherLogs(Collection& all, Json pods) {
  std::size_t count = 0;
  const Json items = ListAt(pods, "/items");
  for (const Json& pod : items) {
    if (++count > kPodsPerNamespace) break;
    const std::string ns = TextAt(pod, "/metadata/namespace"), name = TextAt(pod, "/metadata/name");
    const Json containers = ListAt(pod, "/spec/containers");
    for (const Json& container : containers) {
      const std::string inside = TextAt(container, "/name");
      const std::string path = "namespaces/" + ns + "/logs/" + name + "/" + inside;
      const std::string target = plan::Pods().Path(ns, name) + "/log?container=" + inside;
      co_await GatherLog(all, path + ".log", target);
      if (!HasRestarted(pod, inside)) continue;
      co_await GatherLog(all, path + ".previous.log", target + "&previous=true");
    }
  }
}

// Images and volumes of a node are long and nobody's concern here.
Json Shortened(const Json& nodes) {
  Json list = {{"kind", "NodeList"}, {"apiVersion", "v1"}, {"items", Json::array()}};
  for (const Json& node : ListAt(nodes, "/items")) {
    if (list["items"].size() == kNodesKept) break;
    Json entry = {
        {"metadata",
         {{"name", TextAt(node, "/metadata/name")}, {"labels", ListAt(node, "/metadata/labels")}}}};
    for (const char* field : {"addresses", "conditions", "nodeInfo", "daemonEndpoints"}) {
      const Json::json_pointer at(std::string("/status/") + field);
      if (node.contains(at)) entry["status"][field] = node[at];
    }
    list["items"].push_back(std::move(entry));
  }
  return list;
}

net::Task<void> GatherNamespace(Collection& all, std::string ns) {
  const std::string folder = "namespaces/" + ns + "/";
  const std::string ours =
      "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dmetricspipeline-operator";
  for (const Resource* kind : plan::NamespacedChildKinds()) {
    co_await ListInto(all, folder + kind->plural + ".json", *kind, ns, ours);
  }
  co_await ListInto(all, folder + "endpointslices.json", plan::EndpointSlices(), ns, "");
  co_await ListInto(all, folder + "events.json", kEvents, ns, "");
  const std::string collectors = "labelSelector=metricspipeline.dev%2Fpipeline";
  const Json pods = co_await ListInto(all, folder + "pods.json", plan::Pods(), ns, collectors);
  co_await GatherLogs(all, pods);
}

net::Task<void> GatherOperator(Collection& all) {
  const std::string ns = all.options.ns, folder = "namespaces/" + ns + "/";
  const std::string label = "labelSelector=app.kubernetes.io%2Fname%3Dmetricspipeline-operator";
  co_await ListInto(all, folder + "operator-deployment.json", plan::Deployments(), ns, label);
  const Json pods = co_await ListInto(all, folder + "operator-pods.json", plan::Pods(), ns, label);
  co_await GatherLogs(all, pods);
  const Resource leases{"coordination.k8s.io", "v1", "leases", "Lease", true};
  co_await ListInto(all, folder + "leases.json", leases, ns, "");
}

net::Task<void> GatherCluster(Collection& all) {
  for (const std::string& version : plan::MetricsVersions()) {
    const std::string name = plan::ApiServiceName(version);
    const auto live = co_await all.session.client.Get(plan::ApiServices(), "", name);
    if (live) {
      all.Put("cluster/apiservice-" + name + ".json", *live);
    } else {
      all.Miss("get apiservice " + name, live.error());
    }
  }
  const std::string ours =
      "labelSelector=app.kubernetes.io%2Fmanaged-by%3Dmetricspipeline-operator";
  co_await ListInto(all, "cluster/clusterrolebindings.json", plan::ClusterRoleBindings(), "", ours);
  const std::string about = "fieldSelector=involvedObject.kind%3DMetricsPipeline";
  co_await ListInto(all, "cluster/events.json", kEvents, "default", about);
  const auto nodes = co_await all.session.client.List(plan::Nodes(), "");
  if (nodes) {
    all.Put("cluster/nodes.json", Shortened(*nodes));
  } else {
    all.Miss("list nodes", nodes.error());
  }
}

// Over TLS that is verified against what the registration trusts; only then our token is shown.
net::Task<void> GatherReport(Collection& all, controller::Endpoint endpoint, plan::Names names,
                             std::string ca_bundle) {
  const std::string path =
      "namespaces/" + names.ns + "/status/" + names.pipeline + "-" + endpoint.address + ".json";
  const net::Executor executor = co_await boost::asio::this_coro::executor;
  net::TlsClientOptions tls;
  tls.ca_pem = std::move(ca_bundle);
  tls.server_name = names.ServerName();
  auto context = net::TlsClientContext::Create(std::move(tls));
  if (!context) {
    all.Miss(path, context.error());
    co_return;
  }
  net::HttpClientOptions options;
  options.host = endpoint.address;
  options.port = endpoint.port;
  options.tls = *std::move(context);
  options.connect_timeout = std::chrono::seconds(3);
  net::HttpClient replica(executor, std::move(options));
  http::Request request;
  request.target = "/status";
  const auto token = all.session.config.token ? all.session.config.token->Token(net::SteadyNow())
                                              : Result<std::string>("");
  if (token && !token->empty()) request.headers.Set("Authorization", "Bearer " + *token);
  net::CallLimits limits;
  limits.timeout = std::chrono::seconds(5);
  const auto response = co_await replica.Send(std::move(request), limits);
  if (!response) {
    all.Miss(path, response.error());
  } else if (response->status != 200) {
    all.Miss(path, {ErrorKind::kForbidden,
                    "HTTP " + std::to_string(response->status) +
                        "; /status takes a bearer token: gather in the operator's pod has one"});
  } else {
    all.files[path] = response->body;
  }
}

net::Task<void> GatherReports(Collection& all, diagnosis::ChainFacts facts, std::string name) {
  if (!facts.slices) co_return;
  std::string ca_bundle;
  for (const auto& [api, live] : facts.api_services) {
    if (!live || !ca_bundle.empty()) continue;
    ca_bundle = Base64Decode(TextAt(*live, "/spec/caBundle")).value_or("");
  }
  if (ca_bundle.empty()) {
    all.Miss(
        "/status of the collectors",
        {ErrorKind::kUnavailable,
         "no registration has a caBundle, by which to know a collector before it gets a token"});
    co_return;
  }
  std::vector<Json> slices;
  for (const Json& slice : ListAt(*facts.slices, "/items")) slices.push_back(slice);
  const std::vector<controller::Endpoint> replicas = controller::Replicas(slices);
  for (const controller::Endpoint& endpoint : replicas) {
    const plan::Names names(name, facts.ns);
    co_await GatherReport(all, endpoint, names, ca_bundle);
  }
}

net::Task<void> GatherPipelines(Collection& all) {
  const Json list = co_await ListInto(all, "pipelines.json", pipeline::PipelineResource(), "", "");
  std::set<std::string> namespaces = {all.options.ns};
  StatusReport report;
  const Json items = ListAt(list, "/items");
  for (const Json& item : items) {
    const std::string name = TextAt(item, "/metadata/name");
    const diagnosis::ChainFacts facts = co_await ReadChain(all.session, item, all.options.ns);
    namespaces.insert(facts.ns);
    report.pipelines.push_back({name, item, diagnosis::MakeChain(facts)});
    co_await GatherReports(all, facts, name);
  }
  all.files["status.txt"] = Describe(report);
  for (const std::string& ns : namespaces) co_await GatherNamespace(all, ns);
}

net::Task<void> GatherCheck(Collection& all) {
  CheckOptions options;
  options.ns = all.options.ns;
  const auto findings = co_await Check(all.session, options);
  if (!findings) {
    all.Miss("check", findings.error());
    co_return;
  }
  all.files["check.txt"] = diagnosis::Describe(*findings);
  all.files["check.json"] = diagnosis::ToJson(*findings).dump(2) + "\n";
}

}  // namespace

net::Task<Result<Bundle>> Gather(Session session, GatherOptions options) {
  Collection all(session, std::move(options));
  http::Request request;
  request.target = "/version";
  const auto version = co_await session.client.Send(std::move(request));
  if (!version) co_return Within("reach the API server", version.error());
  all.files["version.txt"] = "metricspipeline-operator " + std::string(kVersion) + " (" +
                             std::string(Commit()) + ")\ngathered at " +
                             FormatRfc3339(net::SystemNow()) + "\nAPI server: " + version->body;
  co_await GatherPipelines(all);
  co_await GatherOperator(all);
  co_await GatherCluster(all);
  co_await GatherCheck(all);
  if (!all.errors.empty()) all.files["errors.txt"] = all.errors;
  Bundle bundle;
  for (auto& [path, content] : all.files) {
    bundle[path] = diagnosis::Scrub(std::move(content), all.secrets);
  }
  co_return bundle;
}

}  // namespace mpl::app
