// Texts: k8s.io/apiserver pkg/endpoints/handlers/responsewriters and apimachinery pkg/api/errors.
#include "kube/http/status_response.h"

#include <gmock/gmock.h>

namespace mpl::http {
namespace {

using objects::Json;

RequestInfo ListPods(std::string ns) {
  RequestInfo info;
  info.is_resource = true;
  info.verb = "list";
  info.group = "metrics.k8s.io";
  info.resource = "pods";
  info.ns = std::move(ns);
  return info;
}

std::string MessageOf(const Response& response) {
  return Json::parse(response.body).at("message").get<std::string>();
}

TEST(StatusResponse, IsACompleteStatusDocument) {
  const Response response = StatusResponse({.kind = ErrorKind::kTooManyRequests,
                                            .message = "m",
                                            .retry_after = std::chrono::seconds(1)});

  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.Get("Content-Type"), "application/json");
  EXPECT_EQ(response.headers.Get("Retry-After"), "1");
  const Json body = Json::parse(response.body);
  EXPECT_EQ(body.at("kind"), "Status");
  EXPECT_EQ(body.at("apiVersion"), "v1");
  EXPECT_EQ(body.at("status"), "Failure");
  EXPECT_EQ(body.at("reason"), "TooManyRequests");
  EXPECT_EQ(body.at("code"), 429);
}

TEST(UnauthorizedResponse, TellsAStrangerNothing) {
  EXPECT_EQ(UnauthorizedResponse().status, 401);
  EXPECT_EQ(MessageOf(UnauthorizedResponse()), "Unauthorized");
}

TEST(ForbiddenResponse, NamesUserVerbResourceAndScope) {
  const Response in_namespace = ForbiddenResponse("u", ListPods("ns"), "");
  EXPECT_EQ(in_namespace.status, 403);
  EXPECT_EQ(in_namespace.headers.Get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(MessageOf(in_namespace),
            "pods.metrics.k8s.io is forbidden: User \"u\" cannot list resource \"pods\" in API "
            "group \"metrics.k8s.io\" in the namespace \"ns\"");
  EXPECT_EQ(MessageOf(ForbiddenResponse("u", ListPods(""), "no role")),
            "pods.metrics.k8s.io is forbidden: User \"u\" cannot list resource \"pods\" in API "
            "group \"metrics.k8s.io\" at the cluster scope: no role");
  const Json details = Json::parse(in_namespace.body).at("details");
  EXPECT_EQ(details.at("group"), "metrics.k8s.io");
  EXPECT_EQ(details.at("kind"), "pods");
}

TEST(ForbiddenResponse, NamesThePathOfANonResourceRequest) {
  RequestInfo info;
  info.verb = "get";
  info.path = "/metrics";
  EXPECT_EQ(MessageOf(ForbiddenResponse("system:anonymous", info, "")),
            "forbidden: User \"system:anonymous\" cannot get path \"/metrics\"");
}

TEST(ForbiddenResponse, EscapesMarkupThatAUserChose) {
  EXPECT_THAT(MessageOf(ForbiddenResponse("<b>&", ListPods(""), "")),
              testing::HasSubstr("User \"&lt;b&gt;&amp;\""));
}

TEST(OtherAnswers, UseTheWordsOfTheApiServer) {
  EXPECT_EQ(MessageOf(ResourceNotFoundResponse()),
            "the server could not find the requested resource");
  EXPECT_EQ(MessageOf(MethodNotAllowedResponse("GET")),
            "the server does not allow this method on the requested resource");
  EXPECT_EQ(MethodNotAllowedResponse("GET").headers.Get("Allow"), "GET");
  EXPECT_EQ(PathNotFoundResponse().body, "404 page not found\n");
  EXPECT_EQ(InternalErrorResponse("/a", "no route").body,
            "Internal Server Error: \"/a\": no route\n");
}

}  // namespace
}  // namespace mpl::http
