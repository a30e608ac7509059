// What the API server's audit log says about the service accounts of metricspipeline-system.
#pragma once

#include <string>
#include <vector>

#include "test/support/kube_apiserver/kube_apiserver.h"

namespace mpl::test {

struct AuditEvent {
  std::string user;  // "system:serviceaccount:metricspipeline-system:metricspipeline-operator"
  std::string verb;  // get, list, watch, create, update, patch, delete
  std::string group, resource, subresource, ns, name;
  int code = 0;

  bool Writes() const;  // anything but get, list and watch
  std::string ToString() const;
};

// Every request of the user whose answer has begun, oldest first. The log is a moment behind.
std::vector<AuditEvent> ReadAudit(const KubeApiServer& server, const std::string& user);

}  // namespace mpl::test
