// Deployments of metrics-server as its own manifests and chart make them (module
// sigs.k8s.io/metrics-server v0.9.0, manifests/base and charts/metrics-server).
#pragma once

#include <string>
#include <vector>

#include "operator/migration/migration.h"

namespace mpl::migration {

// The arguments in manifests/base/deployment.yaml.
inline const std::vector<std::string> kManifestArguments = {
    "--cert-dir=/tmp", "--secure-port=10250",
    "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
    "--kubelet-use-node-status-port", "--metric-resolution=15s"};

inline Json DeploymentWith(const std::vector<std::string>& arguments) {
  return {{"metadata",
           {{"name", "metrics-server"},
            {"namespace", "kube-system"},
            {"labels", {{"k8s-app", "metrics-server"}}}}},
          {"spec",
           {{"replicas", 1},
            {"template",
             {{"spec",
               {{"priorityClassName", "system-cluster-critical"},
                {"nodeSelector", {{"kubernetes.io/os", "linux"}}},
                {"containers",
                 {{{"name", "metrics-server"},
                   {"image", "registry.k8s.io/metrics-server/metrics-server:v0.9.0"},
                   {"args", arguments}}}}}}}}}}};
}

inline Json Registration(const Json& annotations = Json::object(),
                         const Json& labels = Json::object()) {
  return {{"metadata",
           {{"name", "v1beta1.metrics.k8s.io"}, {"annotations", annotations}, {"labels", labels}}},
          {"spec", {{"service", {{"name", "metrics-server"}, {"namespace", "kube-system"}}}}}};
}

inline MetricsServer Server(const std::vector<std::string>& arguments) {
  MetricsServer server;
  server.deployment = DeploymentWith(arguments);
  server.api_service = Registration();
  server.manager = "kubectl-client-side-apply";
  return server;
}

inline Json SpecOf(const std::vector<std::string>& arguments) {
  return Migrate(Server(arguments)).pipeline["spec"];
}

// What became of a flag or setting; Unknown with the text "is not told of" when there is no word.
inline Account Of(const Migration& migration, const std::string& subject) {
  for (const Account& account : migration.accounts) {
    if (account.subject == subject) return account;
  }
  return {subject, Outcome::kUnknown, "is not told of"};
}

}  // namespace mpl::migration
