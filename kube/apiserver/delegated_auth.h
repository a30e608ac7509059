// Authentication and authorization that ask kube-apiserver, as every extension API server does.
//
// Trust comes from the ConfigMap kube-system/extension-apiserver-authentication, which is watched:
// a changed CA or header name counts from the next request on. Until it has been read, and for
// whatever part of it cannot be read, nobody is believed by certificate (fail closed); the last
// good part is kept. Not thread-safe: lives on one runtime.
//
// Needs: RoleBinding in kube-system to Role extension-apiserver-authentication-reader;
// ClusterRoleBinding to system:auth-delegator.
#pragma once

#include <memory>
#include <string>

#include "kube/apiserver/review_desk.h"
#include "kube/auth/auth_config.h"
#include "kube/auth/authenticator.h"
#include "kube/auth/authorizer.h"
#include "kube/client/informer.h"
#include "kube/client/kube_client.h"
#include "kube/http/message.h"
#include "kube/http/request_info.h"
#include "kube/net/runtime.h"
#include "kube/telemetry/metrics.h"

namespace mpl::apiserver {

struct DelegatedAuthOptions {
  auth::AlwaysAllow always_allow = {};
  // Of TokenReview and SubjectAccessReview; `path` is filled in.
  ReviewOptions reviews = {};
  // <prefix>_api_review_cache_requests_total{review,result} are made there; null: nothing is
  // counted.
  metrics::Registry* registry = nullptr;
  std::string metrics_prefix = {};
};

class DelegatedAuth {
 public:
  DelegatedAuth(const net::Executor& executor, client::KubeClient& client,
                DelegatedAuthOptions options = {});
  ~DelegatedAuth();

  // Watches the ConfigMap until the task is cancelled (spawn it in a TaskGroup).
  Task<void> Run();
  // Gives reviews up that are on their way.
  Task<void> Stop();

  // Never NeedsTokenReview.
  Task<auth::Verdict> Authenticate(const http::Request& request);
  // The error means: kube-apiserver could not be asked (500, not 403).
  Task<Result<auth::AccessDecision>> Authorize(auth::UserInfo user, http::RequestInfo info);

  // kUnavailable with reason and remedy while the ConfigMap was not read, or while no CA of the
  // front proxy is known, because what it says is unreadable or nothing: users cannot reach us
  // then.
  Result<void> Healthy() const;
  // Parts of the ConfigMap that are unreadable at the moment, for status and metrics.
  const std::vector<std::string>& faults() const;
  const auth::AuthConfig& config() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpl::apiserver
