#include "kube/telemetry/health.h"

#include <algorithm>

namespace mpl::telemetry {

HealthEndpoint::HealthEndpoint(std::string name) : name_(std::move(name)) {
  checks_.push_back({"ping", [] { return Result<void>(); }});
}

void HealthEndpoint::Add(HealthCheck check) { checks_.push_back(std::move(check)); }

std::vector<std::string> HealthEndpoint::CheckNames() const {
  std::vector<std::string> names;
  names.reserve(checks_.size());
  for (const HealthCheck& check : checks_) names.push_back(check.name);
  return names;
}

Result<void> HealthEndpoint::Healthy() const {
  for (const HealthCheck& check : checks_) {
    if (auto healthy = check.healthy(); !healthy) return Within(check.name, healthy.error());
  }
  return {};
}

HealthAnswer HealthEndpoint::Answer(const HealthQuery& query) const {
  return query.subpath.empty() ? AnswerAll(query) : AnswerOne(query.subpath);
}

HealthAnswer HealthEndpoint::AnswerOne(std::string_view check) const {
  const auto found = std::ranges::find(checks_, check, &HealthCheck::name);
  if (found == checks_.end()) return {404, "404 page not found\n"};
  const Result<void> healthy = found->healthy();
  if (healthy) return {200, "ok"};
  return {500, "internal server error: " + healthy.error().message + "\n"};
}

HealthAnswer HealthEndpoint::AnswerAll(const HealthQuery& query) const {
  std::string lines;
  bool failed = false;
  std::set<std::string> unknown = query.excluded;
  for (const HealthCheck& check : checks_) {
    unknown.erase(check.name);
    if (query.excluded.contains(check.name)) {
      lines += "[+]" + check.name + " excluded: ok\n";
    } else if (const auto healthy = check.healthy(); healthy) {
      lines += "[+]" + check.name + " ok\n";
    } else {
      lines += "[-]" + check.name + " failed: " + healthy.error().message + "\n";
      failed = true;
    }
  }
  if (!unknown.empty()) {
    std::string names;
    for (const std::string& name : unknown) names += (names.empty() ? "\"" : ", \"") + name + "\"";
    lines += "warn: some health checks cannot be excluded: no matches for " + names + "\n";
  }
  if (failed) return {500, lines + name_ + " check failed\n"};
  if (query.verbose) return {200, lines + name_ + " check passed\n"};
  return {200, "ok"};
}

HealthChecks::HealthChecks() : healthz_("healthz"), livez_("livez"), readyz_("readyz") {}

const HealthEndpoint* HealthChecks::Find(std::string_view name) const {
  for (const HealthEndpoint* endpoint : {&healthz_, &livez_, &readyz_}) {
    if (endpoint->name() == name) return endpoint;
  }
  return nullptr;
}

}  // namespace mpl::telemetry
