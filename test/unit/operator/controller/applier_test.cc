// The applier against a scripted server on loopback.
#include "operator/controller/applier.h"

#include <gmock/gmock.h>

#include <deque>

#include "operator/pipeline/pipeline.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::controller {
namespace {

class ApplierTest : public net::NetTest {
 protected:
  ApplierTest() {
    Serve([this](http::Request request) { return Answer(std::move(request)); });
    config->host = "127.0.0.1";
    config->port = server->port();
    config->tls = false;
    config->qps = 0;
  }

  net::Task<http::Response> Answer(http::Request request) {
    requests.push_back(std::move(request));
    http::Response response = std::move(script.front());
    script.pop_front();
    co_return response;
  }
  void Then(int code, std::string body) {
    http::Response response;
    response.status = code;
    response.body = std::move(body);
    script.push_back(std::move(response));
  }
  // k8s.io/apiserver, pkg/registry/generic/registry/store.go
  void ThenConflict() {
    Then(409, R"({"kind": "Status", "reason": "Conflict", "code": 409,
                  "message": "the object has been modified"})");
  }
  void ThenPipeline(const std::string& uid, const std::string& version) {
    const Json metadata = {{"name", "cluster"}, {"uid", uid}, {"resourceVersion", version}};
    Then(200, Json({{"metadata", metadata}}).dump());
  }

  std::vector<http::Request> requests;
  std::deque<http::Response> script;
  std::shared_ptr<client::RestConfig> config = std::make_shared<client::RestConfig>();
  client::KubeClient client{runtime.executor(), config};
  net::TaskGroup tasks{runtime.executor()};
  Watches watches{client, tasks, "ns", {}};
  metrics::Registry registry;
  ControllerMetrics metrics{registry};
  Applier applier{client, watches, metrics, [] { return true; }};
  const Json pipeline = {
      {"metadata", {{"name", "cluster"}, {"uid", "uid-1"}, {"resourceVersion", "7"}}},
      {"status", {{"observedGeneration", 1}}}};
  const Json status = {{"observedGeneration", 2}};
};

TEST_F(ApplierTest, WritesStatusToThePipelineThatItWasWorkedOutFor) {
  ThenConflict();
  ThenPipeline("uid-1", "8");
  ThenPipeline("uid-1", "9");

  ASSERT_TRUE(RunTask(applier.WriteStatus(pipeline, status)));

  ASSERT_EQ(requests.size(), 3U);
  EXPECT_THAT(requests[0].target, testing::HasSubstr("/metricspipelines/cluster/status?"));
  EXPECT_EQ(Json::parse(requests[0].body)["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(requests[1].method, "GET");
  EXPECT_EQ(Json::parse(requests[2].body)["metadata"]["resourceVersion"], "8");
  EXPECT_EQ(Json::parse(requests[2].body)["status"], status);
}

TEST_F(ApplierTest, WritesNoStatusToAPipelineOfTheSameName) {
  ThenConflict();
  ThenPipeline("uid-2", "8");

  const auto refused = RunTask(applier.WriteStatus(pipeline, status));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict) << "it is looked at again";
  EXPECT_EQ(requests.size(), 2U);
}

TEST_F(ApplierTest, KnowsFromItsWatchThatThePipelineWasMadeAnew) {
  watches.Remember(
      pipeline::PipelineResource(),
      {{"metadata", {{"name", "cluster"}, {"uid", "uid-2"}, {"resourceVersion", "8"}}}});

  EXPECT_FALSE(RunTask(applier.WriteStatus(pipeline, status)));
  EXPECT_THAT(requests, testing::IsEmpty());
}

TEST_F(ApplierTest, WritesNoStatusThatIsThereAlready) {
  ASSERT_TRUE(RunTask(applier.WriteStatus(pipeline, pipeline["status"])));
  EXPECT_THAT(requests, testing::IsEmpty());
}

}  // namespace
}  // namespace mpl::controller
