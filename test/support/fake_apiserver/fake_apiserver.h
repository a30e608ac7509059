// What an extension API server asks of kube-apiserver, played in this process over plain HTTP on
// loopback: the ConfigMap with the trust settings (list and watch), TokenReview and
// SubjectAccessReview, with faults on demand. For everything else use the real one
// (test/support/kube_apiserver). Lives on the runtime of its executor.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/client/rest_config.h"
#include "kube/net/http_server.h"
#include "kube/net/runtime.h"
#include "kube/objects/meta.h"

namespace mpl::test {

using objects::Json;

class FakeApiServer {
 public:
  explicit FakeApiServer(net::Executor executor);

  // How to reach it; no client-side rate limit.
  std::shared_ptr<client::RestConfig> Config() const;

  // Creates or changes the ConfigMap; whoever watches hears of it.
  void SetTrust(std::map<std::string, std::string> data);
  // List and watch answer 403 from now on.
  void ForbidTrust() { trust_forbidden_ = true; }

  // What the reviews say: spec in, status out. At first nobody is known and nothing allowed.
  std::function<Json(const Json& spec)> token_status;
  std::function<Json(const Json& spec)> access_status;
  // HTTP codes with which the next reviews fail; 0 closes the connection by a malformed answer.
  std::deque<int> review_faults;
  // How long a review takes.
  Duration review_delay{};

  std::vector<Json> token_specs;   // every question that came
  std::vector<Json> access_specs;  // every question that came

 private:
  net::Task<http::Response> Serve(http::Request request);
  net::Task<http::Response> ServeTrust(std::string target);
  net::Task<http::Response> ServeReview(std::string body, bool about_token);
  Json Trust() const;

  net::Executor executor_;
  std::optional<std::map<std::string, std::string>> trust_;
  int trust_version_ = 1;
  bool trust_forbidden_ = false;
  net::Signal trust_changed_;
  net::HttpServer server_;
};

}  // namespace mpl::test
