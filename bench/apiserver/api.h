// From a request to its answer: who may ask, which objects, in which form. Pure.
//
// Served: get, list and watch of nodes, pods and the one ConfigMap; TokenReview and
// SubjectAccessReview; /version, /healthz, /livez, /readyz. Everything else does not exist (404) or
// cannot be changed (405). Not understood: Table, gzip, discovery, resourceVersionMatch=Exact of
// anything but the newest state.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/apiserver/body.h"
#include "bench/apiserver/counters.h"
#include "bench/apiserver/form.h"
#include "bench/apiserver/registry.h"
#include "bench/apiserver/reviews.h"
#include "bench/apiserver/selection.h"
#include "bench/serving/query.h"
#include "kube/http/request_info.h"

namespace mpl::bench {

struct ApiAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::unique_ptr<Body> stream;  // in place of `body`
};

class Api {
 public:
  Api(Registry& registry, Users users, ApiCounters& counters)
      : registry_(registry), users_(std::move(users)), counters_(counters) {}

  // `body` is the request's. The answer's stream refers to the registry.
  ApiAnswer Answer(const Query& query, std::string_view body, std::int64_t now_ms);

 private:
  struct Question {
    http::RequestInfo info;
    http::Query parameters;
    std::string_view accept;
    std::int64_t now_ms = 0;
  };
  Result<ApiAnswer> Route(const Query& query, std::string_view body, std::int64_t now_ms);
  Result<ApiAnswer> Review(const Question& question, std::string_view body);
  Result<ApiAnswer> Read(const Question& question);
  Result<ApiAnswer> Get(const Question& question, Kind kind);
  Result<ApiAnswer> List(const Question& question, const Selection& selection);
  Result<ApiAnswer> Watch(const Question& question, const Selection& selection);

  Registry& registry_;
  Users users_;
  ApiCounters& counters_;
};

}  // namespace mpl::bench
