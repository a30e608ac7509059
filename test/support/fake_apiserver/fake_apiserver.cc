#include "test/support/fake_apiserver/fake_apiserver.h"

#include <stdexcept>

#include "kube/http/status_response.h"
#include "kube/http/url.h"

namespace mpl::test {
namespace {

net::HttpServerOptions OnLoopback() {
  net::HttpServerOptions options;
  options.address = "127.0.0.1";
  return options;
}

http::Response Refuse(ErrorKind kind, const std::string& message) {
  Error error;
  error.kind = kind;
  error.message = message;
  return http::StatusResponse(error);
}

}  // namespace

FakeApiServer::FakeApiServer(net::Executor executor)
    : token_status([](const Json&) { return Json{{"authenticated", false}}; }),
      access_status([](const Json&) { return Json{{"allowed", false}}; }),
      executor_(executor),
      trust_changed_(executor),
      server_(executor, OnLoopback(),
              [this](http::Request request) { return Serve(std::move(request)); }) {
  if (const auto started = server_.Start(); !started) {
    throw std::runtime_error(started.error().message);
  }
}

std::shared_ptr<client::RestConfig> FakeApiServer::Config() const {
  auto config = std::make_shared<client::RestConfig>();
  config->host = "127.0.0.1";
  config->port = server_.port();
  config->tls = false;
  config->qps = 0;
  return config;
}

void FakeApiServer::SetTrust(std::map<std::string, std::string> data) {
  trust_ = std::move(data);
  ++trust_version_;
  trust_changed_.Notify();
}

Json FakeApiServer::Trust() const {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", "extension-apiserver-authentication"},
            {"namespace", "kube-system"},
            {"resourceVersion", std::to_string(trust_version_)}}},
          {"data", *trust_}};
}

net::Task<http::Response> FakeApiServer::Serve(http::Request request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  http::Response response;
  if (path == "/api/v1/namespaces/kube-system/configmaps") {
    response = co_await ServeTrust(std::move(request.target));
  } else if (path == "/apis/authentication.k8s.io/v1/tokenreviews") {
    response = co_await ServeReview(std::move(request.body), true);
  } else if (path == "/apis/authorization.k8s.io/v1/subjectaccessreviews") {
    response = co_await ServeReview(std::move(request.body), false);
  } else {
    response = Refuse(ErrorKind::kNotFound, "the fake does not serve " + path);
  }
  co_return response;
}

// The Role of real clusters allows this one name only.
net::Task<http::Response> FakeApiServer::ServeTrust(std::string target) {
  const auto parsed = http::ParseTarget(target);
  const bool named = parsed && parsed->query.Get("fieldSelector") ==
                                   "metadata.name=extension-apiserver-authentication";
  if (trust_forbidden_ || !named) {
    co_return Refuse(ErrorKind::kForbidden, "configmaps is forbidden: no role");
  }
  if (parsed->query.Flag("sendInitialEvents")) {
    co_return Refuse(
        ErrorKind::kInvalid,
        "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for watch unless "
        "the WatchList feature gate is enabled");
  }
  if (!parsed->query.Flag("watch")) {
    Json items = Json::array();
    if (trust_) items.push_back(Trust());
    co_return http::JsonResponse(
        200, {{"apiVersion", "v1"},
              {"kind", "ConfigMapList"},
              {"metadata", {{"resourceVersion", std::to_string(trust_version_)}}},
              {"items", std::move(items)}});
  }
  // One event per watch; the header comes with it, which clients must be able to wait for.
  const std::string seen(parsed->query.Get("resourceVersion"));
  while (seen == std::to_string(trust_version_)) {
    const bool woken = co_await trust_changed_.Wait();
    if (!woken) co_return Refuse(ErrorKind::kUnavailable, "stopping");
  }
  http::Response response = http::JsonResponse(200, {{"type", "MODIFIED"}, {"object", Trust()}});
  co_return response;
}

net::Task<http::Response> FakeApiServer::ServeReview(std::string body, bool about_token) {
  const Json review = Json::parse(body);
  const Json spec = review.at("spec");
  (about_token ? token_specs : access_specs).push_back(spec);
  if (review_delay > Duration::zero()) co_await net::SleepFor(review_delay);
  if (!review_faults.empty()) {
    const int code = review_faults.front();
    review_faults.pop_front();
    http::Response broken = http::TextResponse(code == 0 ? 201 : code, "a planted fault");
    co_return broken;
  }
  Json answer = review;
  answer["status"] = about_token ? token_status(spec) : access_status(spec);
  co_return http::JsonResponse(201, answer);
}

}  // namespace mpl::test
