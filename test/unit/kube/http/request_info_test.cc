// Table after k8s.io/apiserver pkg/endpoints/request/requestinfo_test.go.
#include "kube/http/request_info.h"

#include <gmock/gmock.h>

namespace mpl::http {
namespace {

RequestInfo InfoOf(const char* method, const char* target) {
  const auto parsed = ParseTarget(target);
  EXPECT_TRUE(parsed);
  return MakeRequestInfo(method, *parsed);
}

struct RequestCase {
  const char* method;
  const char* target;
  const char* verb;
  const char* group;
  const char* version;
  const char* ns;
  const char* resource;
  const char* subresource;
  const char* name;
};

class ResourceRequest : public testing::TestWithParam<RequestCase> {};

TEST_P(ResourceRequest, IsReadFromThePath) {
  const RequestCase& c = GetParam();
  const RequestInfo info = InfoOf(c.method, c.target);
  EXPECT_TRUE(info.is_resource);
  EXPECT_EQ(info.verb, c.verb);
  EXPECT_EQ(info.group, c.group);
  EXPECT_EQ(info.version, c.version);
  EXPECT_EQ(info.ns, c.ns);
  EXPECT_EQ(info.resource, c.resource);
  EXPECT_EQ(info.subresource, c.subresource);
  EXPECT_EQ(info.name, c.name);
}

constexpr const char* kM = "metrics.k8s.io";

INSTANTIATE_TEST_SUITE_P(
    Table, ResourceRequest,
    testing::Values(
        RequestCase{"GET", "/api/v1/namespaces", "list", "", "v1", "", "namespaces", "", ""},
        RequestCase{"GET", "/api/v1/namespaces/other", "get", "", "v1", "other", "namespaces", "",
                    "other"},
        RequestCase{"PUT", "/api/v1/namespaces/other/finalize", "update", "", "v1", "other",
                    "namespaces", "finalize", "other"},
        // requestinfo.go cuts off one namespace, and only before something that is not its
        // subresource.
        RequestCase{"GET", "/api/v1/namespaces/other/namespaces/other/foo", "get", "", "v1",
                    "other", "namespaces", "foo", "other"},
        RequestCase{"GET", "/api/v1/namespaces/other/pods", "list", "", "v1", "other", "pods", "",
                    ""},
        RequestCase{"HEAD", "/api/v1/namespaces/other/pods/foo", "get", "", "v1", "other", "pods",
                    "", "foo"},
        RequestCase{"DELETE", "/api/v1/namespaces/other/pods", "deletecollection", "", "v1",
                    "other", "pods", "", ""},
        RequestCase{"PATCH", "/api/v1/namespaces/other/pods/foo", "patch", "", "v1", "other",
                    "pods", "", "foo"},
        RequestCase{"GET", "/apis/metrics.k8s.io/v1/nodes", "list", kM, "v1", "", "nodes", "", ""},
        RequestCase{"GET", "/apis/metrics.k8s.io/v1/nodes/", "list", kM, "v1", "", "nodes", "", ""},
        RequestCase{"GET", "/apis/metrics.k8s.io/v1/nodes?watch=true", "watch", kM, "v1", "",
                    "nodes", "", ""},
        RequestCase{"GET", "/apis/metrics.k8s.io/v1/nodes?watch=0", "list", kM, "v1", "", "nodes",
                    "", ""},
        RequestCase{"GET", "/apis/metrics.k8s.io/v1/watch/nodes", "watch", kM, "v1", "", "nodes",
                    "", ""},
        RequestCase{"GET", "/apis/metrics.k8s.io/v1/nodes?fieldSelector=metadata.name%3Dn1", "list",
                    kM, "v1", "", "nodes", "", "n1"},
        RequestCase{"POST", "/apis/metrics.k8s.io/v1/namespaces/a/pods/p/log", "create", kM, "v1",
                    "a", "pods", "log", "p"},
        RequestCase{"GET", "/apis/metrics.k8s.io/v1/namespaces/a%2Fb/pods", "list", kM, "v1", "a/b",
                    "pods", "", ""},
        RequestCase{"GET", "/apis/custom.metrics.k8s.io/v1beta2/namespaces/a/pods/*/m", "get",
                    "custom.metrics.k8s.io", "v1beta2", "a", "pods", "m", "*"},
        RequestCase{"GET", "/apis/custom.metrics.k8s.io/v1beta2/namespaces/a/metrics/m", "get",
                    "custom.metrics.k8s.io", "v1beta2", "a", "metrics", "", "m"},
        RequestCase{"BREW", "/apis/metrics.k8s.io/v1/nodes", "", kM, "v1", "", "nodes", "", ""}));

TEST(RequestInfo, CallsEverythingElseNonResource) {
  for (const char* target :
       {"/", "/healthz", "/metrics", "/api", "/api/v1", "/apis", "/apis/metrics.k8s.io",
        "/apis/metrics.k8s.io/v1", "/apis/metrics.k8s.io/v1/", "/openapi/v3/apis/x/v1"}) {
    const RequestInfo info = InfoOf("GET", target);
    EXPECT_FALSE(info.is_resource) << target;
    EXPECT_EQ(info.verb, "get");
    EXPECT_EQ(info.path, target);
  }
}

TEST(RequestInfo, NeverReadsAHoleAsAllNamespaces) {
  // metrics-server 0.9 lists every pod for it.
  EXPECT_FALSE(InfoOf("GET", "/apis/metrics.k8s.io/v1/namespaces//pods").is_resource);
  EXPECT_FALSE(InfoOf("GET", "/apis//v1/pods").is_resource);
}

TEST(RequestInfo, KeepsSelectorsAndParts) {
  const RequestInfo info = InfoOf(
      "GET", "/apis/metrics.k8s.io/v1/pods?labelSelector=a+in+(b)&fieldSelector=metadata.name!=x");
  EXPECT_EQ(info.label_selector, "a in (b)");
  EXPECT_EQ(info.field_selector, "metadata.name!=x");
  EXPECT_EQ(info.name, "");
  EXPECT_THAT(info.parts, testing::ElementsAre("pods"));
  EXPECT_EQ(info.QualifiedResource(), "pods.metrics.k8s.io");
}

TEST(RequestInfo, TakesNoNameThatCannotStandInAPath) {
  const auto name = [](const std::string& value) {
    const std::string target =
        "/apis/metrics.k8s.io/v1/nodes?fieldSelector=metadata.name%3D" + value;
    return InfoOf("GET", target.c_str()).name;
  };
  EXPECT_EQ(name("n1"), "n1");
  for (const char* odd : {".", "..", "a%2Fb", "a%25b"}) EXPECT_EQ(name(odd), "") << odd;
}

TEST(RequestInfo, OnlyCollectionsHaveSelectors) {
  const std::string query = "?labelSelector=a&fieldSelector=metadata.name!%3Dx";
  for (const char* path :
       {"/apis/metrics.k8s.io/v1/nodes/n1", "/apis/metrics.k8s.io/v1/watch/nodes"}) {
    const RequestInfo info = InfoOf("GET", (path + query).c_str());
    EXPECT_EQ(info.label_selector, "") << path;
    EXPECT_EQ(info.field_selector, "") << path;
  }
  EXPECT_EQ(InfoOf("DELETE", ("/apis/metrics.k8s.io/v1/nodes" + query).c_str()).label_selector,
            "a");
}

}  // namespace
}  // namespace mpl::http
