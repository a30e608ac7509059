// The two things that a scraper asks of an API server: one ConfigMap, and tokens. Plain HTTP on
// loopback; conflicts as the real one answers them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kube/client/kube_client.h"
#include "kube/http/status_response.h"
#include "kube/net/http_server.h"
#include "kube/net/runtime.h"

namespace mpl::scraper {

class FakeApi {
 public:
  explicit FakeApi(net::Executor executor)
      : server_(executor, Options(),
                [this](http::Request request) { return Answer(std::move(request)); }) {
    if (!server_.Start()) throw std::runtime_error("cannot listen");
    auto rest = std::make_shared<client::RestConfig>();
    rest->host = "127.0.0.1";
    rest->port = server_.port();
    rest->tls = false;
    client = std::make_unique<client::KubeClient>(executor, rest);
  }

  std::unique_ptr<client::KubeClient> client;
  objects::Json data = objects::Json::object();  // of the ConfigMap
  int version = 10;
  int refuse_with = 0;  // every request, with this status
  // Whether a patch of the ConfigMap's data is taken.
  std::function<bool(const objects::Json&)> accepts = [](const objects::Json&) { return true; };
  int patches = 0;
  int tokens = 0;  // that were handed out
  std::string expires = "2050-01-01T00:00:00Z";
  std::int64_t granted_seconds = 0;  // in the answer's spec; 0: not said
  std::vector<objects::Json> token_requests;
  std::vector<std::string> targets;

  objects::Json ConfigMap() const {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata",
             {{"name", "pins"}, {"namespace", "ns"}, {"resourceVersion", std::to_string(version)}}},
            {"data", data}};
  }

 private:
  static net::HttpServerOptions Options() {
    net::HttpServerOptions options;
    options.address = "127.0.0.1";
    return options;
  }

  net::Task<http::Response> Answer(http::Request request) {
    targets.push_back(request.target);
    if (refuse_with == 403) co_return http::StatusResponse({ErrorKind::kForbidden, "no"});
    if (request.target.ends_with("/token")) co_return AnswerToken(request);
    if (request.method == "PATCH") co_return AnswerPatch(request);
    co_return http::JsonResponse(200, ConfigMap());
  }

  http::Response AnswerPatch(const http::Request& request) {
    ++patches;
    const auto patch = objects::Json::parse(request.body);
    if (patch["metadata"]["resourceVersion"] != std::to_string(version)) {
      return http::StatusResponse({ErrorKind::kConflict, "the object has been modified"});
    }
    if (!accepts(patch["data"])) return http::StatusResponse({ErrorKind::kInvalid, "too long"});
    data.merge_patch(patch["data"]);
    ++version;
    return http::JsonResponse(200, ConfigMap());
  }

  http::Response AnswerToken(const http::Request& request) {
    token_requests.push_back(objects::Json::parse(request.body));
    ++tokens;
    objects::Json answer = {
        {"kind", "TokenRequest"},
        {"status",
         {{"token", "token-" + std::to_string(tokens)}, {"expirationTimestamp", expires}}}};
    if (granted_seconds > 0) answer["spec"]["expirationSeconds"] = granted_seconds;
    return http::JsonResponse(201, answer);
  }

  net::HttpServer server_;
};

}  // namespace mpl::scraper
