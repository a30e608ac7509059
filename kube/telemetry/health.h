// /healthz, /livez and /readyz as k8s.io/apiserver answers them, from named checks.
//
// One difference: upstream writes "[-]name failed: reason withheld"; we write the reason, because
// the admin who asks needs it. So a check's message must be fit for anyone who may ask.
// Not thread-safe: checks are added before the first request and run on the caller's thread.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"

namespace mpl::telemetry {

struct HealthCheck {
  std::string name;                       // "informer-sync": one path segment or more
  std::function<Result<void>()> healthy;  // cheap, does not block
};

struct HealthQuery {
  std::string subpath = {};             // "" for all, else the name of one check
  bool verbose = false;                 // ?verbose
  std::set<std::string> excluded = {};  // ?exclude=name, repeatable
};

// text/plain; charset=utf-8
struct HealthAnswer {
  int status = 200;
  std::string body;
};

// One endpoint: its name and its checks, in the order in which they are shown. Starts with "ping".
class HealthEndpoint {
 public:
  explicit HealthEndpoint(std::string name);  // "readyz"
  void Add(HealthCheck check);

  // 200 "ok"; 200 and a line per check when verbose; 500 and the lines when one fails; 404 for the
  // subpath of an unknown check.
  HealthAnswer Answer(const HealthQuery& query) const;
  // The first check that fails, as "name: reason".
  Result<void> Healthy() const;
  const std::string& name() const { return name_; }
  std::vector<std::string> CheckNames() const;

 private:
  HealthAnswer AnswerOne(std::string_view check) const;
  HealthAnswer AnswerAll(const HealthQuery& query) const;

  std::string name_;
  std::vector<HealthCheck> checks_;
};

// The three endpoints of a server.
class HealthChecks {
 public:
  HealthChecks();
  HealthEndpoint& healthz() { return healthz_; }
  HealthEndpoint& livez() { return livez_; }
  HealthEndpoint& readyz() { return readyz_; }
  const HealthEndpoint& readyz() const { return readyz_; }
  // "healthz", "livez" or "readyz"; null for any other word.
  const HealthEndpoint* Find(std::string_view name) const;

 private:
  HealthEndpoint healthz_, livez_, readyz_;
};

}  // namespace mpl::telemetry
