#include "bench/apiserver/api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "test/unit/bench/apiserver/test_objects.h"

namespace mpl::bench {
namespace {

using Json = nlohmann::json;

struct ApiTest : testing::Test {
  ApiAnswer Ask(std::string_view method, std::string_view target, std::string_view body = "",
                std::string_view token = "Bearer t0ken") {
    Query query;
    query.method = method;
    query.target = query.path = target;
    if (const auto mark = target.find('?'); mark != std::string_view::npos) {
      query.path = target.substr(0, mark);
    }
    query.authorization = token;
    query.accept = accept;
    query.content_type = "application/json";
    return api.Answer(query, body, 0);
  }
  // The body, from wherever it comes.
  Json Get(std::string_view target) {
    ApiAnswer answer = Ask("GET", target);
    return Json::parse(answer.stream ? Drain(*answer.stream, 0) : answer.body);
  }

  Registry registry{kSmall, kKubeletPort, kSettings};
  ApiCounters counters;
  Api api{registry, {.token = "t0ken", .reader = "reader"}, counters};
  std::string accept = "application/json";
};

TEST_F(ApiTest, ProbesAndTheVersionAreForEverybodyAndNothingElse) {
  EXPECT_EQ(Ask("GET", "/readyz", "", "").body, "ok");
  EXPECT_EQ(Json::parse(Ask("GET", "/version", "", "").body)["major"], "1");
  for (const char* token : {"", "Bearer other", "Basic t0ken", "Bearer t0ken2"}) {
    const ApiAnswer answer = Ask("GET", "/api/v1/nodes", "", token);
    EXPECT_EQ(answer.status, 401) << token;
    EXPECT_EQ(Json::parse(answer.body)["reason"], "Unauthorized");
  }
}

TEST_F(ApiTest, WhatIsNotThereIsNotFound) {
  for (const char* target :
       {"/", "/nowhere", "/api/v1/secrets", "/api/v1/nodes/node-00003", "/api/v1/nodes/x",
        "/api/v1/namespaces/team-00-1/pods/deployment-000-6f7c9d8b5-00000-00",
        "/api/v1/namespaces/default/configmaps/extension-apiserver-authentication",
        "/apis/apps/v1/nodes", "/api/v1/nodes/node-00000/status"}) {
    const ApiAnswer answer = Ask("GET", target);
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_EQ(Json::parse(answer.body)["kind"], "Status") << target;
  }
  EXPECT_EQ(Ask("POST", "/apis/apps/v1/namespaces/a/deployments", "{}").status, 404);
}

TEST_F(ApiTest, ObjectsByName) {
  EXPECT_EQ(Get("/api/v1/nodes/node-00001")["kind"], "Node");
  const auto pod = Get("/api/v1/namespaces/small-010/pods/deployment-000-6f7c9d8b5-00002-00");
  EXPECT_EQ(pod["spec"]["nodeName"], "node-00002");
  const auto map =
      Get("/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication");
  EXPECT_EQ(map["data"]["client-ca-file"], "client CA\n");
}

TEST_F(ApiTest, ListsGoOnInTheStateInWhichTheyBegan) {
  const Json first = Get("/api/v1/pods?limit=4&fieldSelector=status.phase%3DRunning");
  EXPECT_EQ(first["kind"], "PodList");
  EXPECT_EQ(first["items"].size(), 4U);
  registry.ReplacePods(6, 5000);

  const std::string token = first["metadata"]["continue"];
  const Json second = Get("/api/v1/pods?limit=4&continue=" + token);

  EXPECT_EQ(second["items"].size(), 2U);
  EXPECT_EQ(second["metadata"]["resourceVersion"], "1000");
  EXPECT_TRUE(second["items"][0]["metadata"]["name"].get<std::string>().ends_with("-00"));
  EXPECT_EQ(Get("/api/v1/pods")["metadata"]["resourceVersion"], "1018");
  EXPECT_EQ(Ask("GET", "/api/v1/pods?continue=1005.0.0.0").status, 410);
  EXPECT_EQ(Ask("GET", "/api/v1/pods?continue=x").status, 400);
}

TEST_F(ApiTest, VersionsThatCannotBeServed) {
  EXPECT_EQ(Ask("GET", "/api/v1/nodes?resourceVersion=2000").status, 504);
  EXPECT_EQ(Ask("GET", "/api/v1/nodes?resourceVersion=x").status, 400);
  EXPECT_EQ(Ask("GET", "/api/v1/nodes?watch=true&resourceVersion=2000").status, 504);
  EXPECT_EQ(Ask("GET", "/api/v1/nodes?resourceVersion=999&resourceVersionMatch=Exact").status, 410);
  EXPECT_EQ(Ask("GET", "/api/v1/nodes?watch=true&sendInitialEvents=true").status, 422);
}

TEST_F(ApiTest, AWatchListInProtobuf) {
  accept = "application/vnd.kubernetes.protobuf,application/json";
  const ApiAnswer answer =
      Ask("GET",
          "/api/v1/namespaces/kube-system/configmaps?watch=true&sendInitialEvents=true&"
          "resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=300&"
          "fieldSelector=metadata.name%3Dextension-apiserver-authentication");
  EXPECT_EQ(answer.content_type, "application/vnd.kubernetes.protobuf;stream=watch");
  ASSERT_NE(answer.stream, nullptr);
  const std::string frames = Drain(*answer.stream, 0);
  EXPECT_NE(frames.find("ADDED"), std::string::npos);
  EXPECT_NE(frames.find("k8s.io/initial-events-end"), std::string::npos);
}

TEST_F(ApiTest, ReviewsAreCreatedAndObjectsAreNot) {
  const ApiAnswer review =
      Ask("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews?timeout=10s",
          R"({"kind":"SubjectAccessReview","spec":{"user":"reader"}})");
  EXPECT_EQ(review.status, 201);
  EXPECT_EQ(Json::parse(review.body)["status"]["allowed"], true);
  EXPECT_EQ(Ask("POST", "/apis/authentication.k8s.io/v1/tokenreviews", "x").status, 400);
  EXPECT_EQ(Ask("POST", "/api/v1/nodes", "{}").status, 405);
  EXPECT_EQ(Ask("DELETE", "/api/v1/nodes/node-00000").status, 405);
}

}  // namespace
}  // namespace mpl::bench
