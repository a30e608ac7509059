// metrics.k8s.io as a real kube-apiserver sees it: discovery, OpenAPI, kubectl explain.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "collector/handlers/metrics_api.h"
#include "collector/handlers/openapi_schemas.h"
#include "test/integration/apiserver/aggregated_fixture.h"

namespace mpl::apiserver {
namespace {

using testing::HasSubstr;
using testing::Not;

class MetricsApiBehindTheAggregator : public AggregatedTest {
 protected:
  MetricsApiBehindTheAggregator() : AggregatedTest(Metrics()) {}

  void SetUp() override {
    Register("metrics.k8s.io", "v1");
    Register("metrics.k8s.io", "v1beta1");
  }
  void TearDown() override {
    cluster().Kubectl(
        {"delete", "apiservice/v1.metrics.k8s.io", "apiservice/v1beta1.metrics.k8s.io"});
  }

  std::string Raw(const std::string& path) { return cluster().Kubectl({"get", "--raw", path}); }

  // What kubectl prints once it knows of us, which takes a moment.
  std::string Explain(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "explain");
    std::string printed;
    Await([&] {
      try {
        printed = cluster().Kubectl(arguments);
      } catch (const std::runtime_error&) {
        return false;
      }
      return true;
    });
    return printed;
  }

 private:
  static Served Metrics() {
    Served served;
    served.groups = handlers::MetricsApi::Groups();
    served.openapi = std::make_shared<const http::OpenApi>(handlers::MetricsOpenApi());
    served.pattern = "/apis/metrics.k8s.io/";
    served.handler = [](const RequestContext&) { return http::ResourceNotFoundResponse(); };
    return served;
  }
};

TEST_F(MetricsApiBehindTheAggregator, IsExplainedByKubectlInBothVersions) {
  for (const char* version : {"v1", "v1beta1"}) {
    const std::string api_version = std::string("--api-version=metrics.k8s.io/") + version;
    // The form of kubectl's plaintext template; fields are printed in the order of their names.
    EXPECT_THAT(Explain({"podmetrics", "--recursive", api_version}),
                AllOf(HasSubstr("GROUP:      metrics.k8s.io\nKIND:       PodMetrics\n"
                                "VERSION:    " +
                                std::string(version) + "\n"),
                      HasSubstr("FIELDS:\n"
                                "  apiVersion\t<string>\n"
                                "  containers\t<[]ContainerMetrics> -required-\n"
                                "    name\t<string> -required-\n"
                                "    usage\t<map[string]Quantity> -required-\n"
                                "  kind\t<string>\n"
                                "  metadata\t<ObjectMeta>\n"
                                "    creationTimestamp\t<string>\n"
                                "    labels\t<map[string]string>\n"
                                "    name\t<string>\n"
                                "    namespace\t<string>\n"
                                "  timestamp\t<string> -required-\n"
                                "  window\t<string> -required-\n")));
    EXPECT_THAT(
        Explain({"nodemetrics.usage", api_version}),
        AllOf(HasSubstr("KIND:       NodeMetrics\n"),
              HasSubstr("FIELD: usage <map[string]Quantity>"), HasSubstr("the working set")));
    EXPECT_THAT(
        Explain({"podmetrics", "--output=plaintext-openapiv2", api_version}),
        HasSubstr("KIND:     PodMetrics\nVERSION:  metrics.k8s.io/" + std::string(version)));
  }
}

TEST_F(MetricsApiBehindTheAggregator, ItsDocumentsAreTakenUpAsTheyAre) {
  Await([this] {
    const Json paths = Json::parse(Raw("/openapi/v3")).at("paths");
    return paths.contains("apis/metrics.k8s.io/v1") &&
           paths.contains("apis/metrics.k8s.io/v1beta1");
  });
  const Json index = Json::parse(Raw("/openapi/v3")).at("paths");
  const std::string url = index.at("apis/metrics.k8s.io/v1").at("serverRelativeURL");
  EXPECT_EQ(Json::parse(Raw(url)).at("info").at("title"), "MetricsPipeline");

  Await([this] {
    return Json::parse(Raw("/openapi/v2"))
        .at("paths")
        .contains("/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods/{name}");
  });
  const Json definitions = Json::parse(Raw("/openapi/v2")).at("definitions");
  EXPECT_TRUE(definitions.contains("io.k8s.metrics.pkg.apis.metrics.v1.PodMetrics"));
  for (const auto& [name, schema] : definitions.items()) {
    // So the aggregator names what it takes for another schema under the same name.
    EXPECT_FALSE(name.ends_with("_v2")) << name;
  }

  std::ifstream log(cluster().folder() + "/kube-apiserver.log");
  const std::string text(std::istreambuf_iterator<char>(log), {});
  EXPECT_THAT(text, Not(HasSubstr("metrics.k8s.io: resource not found")));
}

TEST_F(MetricsApiBehindTheAggregator, IsDiscoveredWithoutWatch) {
  const auto resources = [this](const char* verb) {
    return cluster().Kubectl({"api-resources", "--api-group=metrics.k8s.io", "--no-headers",
                              "--cached=false", std::string("--verbs=") + verb});
  };
  Await([&] { return resources("list").find("PodMetrics") != std::string::npos; });
  EXPECT_THAT(resources("list"), AllOf(HasSubstr("NodeMetrics"), HasSubstr("metrics.k8s.io/v1")));
  EXPECT_EQ(resources("watch"), "");
  const Json group = Json::parse(Raw("/apis/metrics.k8s.io"));
  EXPECT_EQ(group.at("preferredVersion").at("version"), "v1");
}

TEST_F(MetricsApiBehindTheAggregator, GivesWhatTheAggregatorAsksFor) {
  // As kube-aggregator's own requests, but without its ETag.
  const http::Headers aggregator = {{"X-Remote-User", "system:aggregator"},
                                    {"Accept", "application/json"}};
  for (const char* path : {"/openapi/v2", "/openapi/v3", "/apis/metrics.k8s.io/v1"}) {
    const auto answer = Ask(path, aggregator, cluster().front_proxy_client());
    EXPECT_EQ(answer.status, 200) << path << answer.body;
  }
}

}  // namespace
}  // namespace mpl::apiserver
