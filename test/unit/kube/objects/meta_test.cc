#include "kube/objects/meta.h"

#include <gmock/gmock.h>

namespace mpl::objects {
namespace {

using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

const Resource kNodes{"", "v1", "nodes", "Node", false};
const Resource kDeployments{"apps", "v1", "deployments", "Deployment", true};

// Paths: Kubernetes API concepts, "Resource URIs".
TEST(Resource, NamesPathsAsTheApiDoes) {
  EXPECT_EQ(kNodes.Path(), "/api/v1/nodes");
  EXPECT_EQ(kNodes.Path("", "n1"), "/api/v1/nodes/n1");
  EXPECT_EQ(kDeployments.Path(), "/apis/apps/v1/deployments");
  EXPECT_EQ(kDeployments.Path("web"), "/apis/apps/v1/namespaces/web/deployments");
  EXPECT_EQ(kDeployments.Path("web", "a"), "/apis/apps/v1/namespaces/web/deployments/a");
}

TEST(Resource, EncodesNamesThatWouldBreakThePath) {
  EXPECT_EQ(kNodes.Path("", "system:node/x?"), "/api/v1/nodes/system%3Anode%2Fx%3F");
}

TEST(Resource, WritesApiVersion) {
  EXPECT_EQ(kNodes.ApiVersion(), "v1");
  EXPECT_EQ(kDeployments.ApiVersion(), "apps/v1");
}

TEST(ObjectMeta, ReadsEveryField) {
  const auto meta = ParseObjectMeta(Json::parse(R"({"metadata": {
      "name": "a", "namespace": "web", "uid": "u-1", "resourceVersion": "42", "generation": 7,
      "creationTimestamp": "1970-01-02T00:00:00Z", "deletionTimestamp": "1970-01-01T00:00:05Z",
      "labels": {"app": "x"}, "annotations": {"note": "y"},
      "managedFields": [{"manager": "kubectl"}]}})"));

  ASSERT_TRUE(meta) << meta.error().message;
  EXPECT_EQ(meta->Key().ToString(), "web/a");
  EXPECT_EQ(meta->uid, "u-1");
  EXPECT_EQ(meta->resource_version, "42");
  EXPECT_EQ(meta->generation, 7);
  EXPECT_EQ(meta->creation_timestamp, TimePoint(std::chrono::hours(24)));
  EXPECT_EQ(meta->deletion_timestamp, TimePoint(std::chrono::seconds(5)));
  EXPECT_THAT(meta->labels, UnorderedElementsAre(Pair("app", "x")));
  EXPECT_THAT(meta->annotations, UnorderedElementsAre(Pair("note", "y")));
}

TEST(ObjectMeta, TakesMissingAndNullFieldsAsEmpty) {
  const auto meta =
      ParseObjectMeta(Json::parse(R"({"metadata": {"name": "n", "labels": null, "uid": null}})"));

  ASSERT_TRUE(meta);
  EXPECT_EQ(meta->Key().ToString(), "n");
  EXPECT_FALSE(meta->creation_timestamp);
  EXPECT_TRUE(ParseObjectMeta(Json::object()));
}

TEST(ObjectMeta, NamesTheFieldOfAWrongType) {
  const struct {
    const char* json;
    const char* names;
  } rows[] = {
      {R"({"metadata": {"name": 3}})", "metadata.name: must be a string, is number"},
      {R"({"metadata": {"generation": "3"}})", "metadata.generation: must be an integer"},
      {R"({"metadata": {"labels": []}})", "metadata.labels: must be an object"},
      {R"({"metadata": {"labels": {"a": 1}}})", "metadata.labels[a]: must be a string"},
      {R"({"metadata": {"creationTimestamp": "soon"}})", "metadata.creationTimestamp: \"soon\""},
      {R"({"metadata": []})", "metadata: must be an object"},
      {R"([])", "must be a JSON object"},
  };
  for (const auto& row : rows) {
    const auto meta = ParseObjectMeta(Json::parse(row.json));
    ASSERT_FALSE(meta) << row.json;
    EXPECT_EQ(meta.error().kind, ErrorKind::kMalformed);
    EXPECT_THAT(meta.error().message, HasSubstr(row.names));
  }
}

TEST(Meta, RecognisesTheEndOfTheInitialList) {
  ObjectMeta bookmark;
  EXPECT_FALSE(EndsInitialEvents(bookmark));
  bookmark.annotations["k8s.io/initial-events-end"] = "false";
  EXPECT_FALSE(EndsInitialEvents(bookmark));
  bookmark.annotations["k8s.io/initial-events-end"] = "true";
  EXPECT_TRUE(EndsInitialEvents(bookmark));
}

}  // namespace
}  // namespace mpl::objects
