// Which handler answers which path.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kube/auth/user_info.h"
#include "kube/base/time.h"
#include "kube/http/message.h"
#include "kube/http/request_info.h"
#include "kube/http/url.h"
#include "kube/net/runtime.h"

namespace mpl::apiserver {

// One request that may be answered: who asks is known and allowed to.
struct RequestContext {
  http::Request request;
  http::Target target;
  http::RequestInfo info;
  auth::UserInfo user;
  TimePoint now;
};

using Handler = std::function<http::Response(const RequestContext& context)>;
using AsyncHandler = std::function<net::Task<http::Response>(RequestContext context)>;

struct Route {
  std::vector<std::string> methods;  // HEAD is implied by GET
  Handler handler;                   // one of the two is set
  AsyncHandler async_handler;

  bool Takes(std::string_view method) const;
  std::string Allow() const;  // "GET, HEAD"
};

// Patterns: "/status" is that path alone; "/apis/metrics.k8s.io/v1/", with its slash, is everything
// below. An exact path wins, then the longest prefix. Paths are compared decoded, without a slash
// at the end.
class RouteTable {
 public:
  // Replaces what the pattern had.
  void Add(std::string pattern, Route route);
  // Null when nobody answers.
  const Route* Find(const http::Target& target) const;
  std::vector<std::string> Patterns() const;

 private:
  std::map<std::string, Route, std::less<>> routes_;
};

}  // namespace mpl::apiserver
