#include "test/integration/manifests/manifests.h"

#include <stdexcept>

#include "test/support/paths/paths.h"

namespace mpl::test {

KubeApiServer& Installed() {
  static const bool kDone = [] {
    KubeApiServer& server = KubeApiServer::Shared();
    server.Kubectl({"apply", "--server-side", "-k", SourcePath("config/default")});
    server.Kubectl({"wait", "--for=condition=Established", "--timeout=60s",
                    "crd/metricspipelines.metricspipeline.dev"});
    // The API of a CRD follows its condition with a small delay.
    for (int i = 0; i < 100; ++i) {
      if (Try({"get", "metricspipelines"}).ok) return true;
    }
    throw std::runtime_error("the CRD is established but not served");
  }();
  static_cast<void>(kDone);
  return KubeApiServer::Shared();
}

Answer Try(const std::vector<std::string>& arguments, const std::string& input) {
  try {
    return {true, KubeApiServer::Shared().Kubectl(arguments, input)};
  } catch (const std::runtime_error& complaint) {
    return {false, complaint.what()};
  }
}

Answer DryRun(const std::string& spec, const std::string& name) {
  Installed();
  return Try({"create", "--dry-run=server", "-o", "json", "-f", "-"},
             R"({"apiVersion": "metricspipeline.dev/v1alpha1", "kind": "MetricsPipeline",
                 "metadata": {"name": ")" +
                 name + R"("}, "spec": )" + spec + "}");
}

std::string AsOperator() {
  return "--as=system:serviceaccount:metricspipeline-system:metricspipeline-operator";
}

}  // namespace mpl::test
