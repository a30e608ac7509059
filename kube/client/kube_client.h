// Talks to one Kubernetes API server: the few verbs that controllers need.
//
// Not thread-safe: lives on one runtime. Adds the credential, User-Agent and client-side rate
// limit; retries what is safe to retry (429 and 5xx with Retry-After, up to 10 times within the
// deadline; connection loss for GET). A 401 makes it read the token again at once and try once
// more. Every failure that the server described as metav1.Status comes back as Error{kind,
// message}.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/client/rest_config.h"
#include "kube/http/message.h"
#include "kube/net/http_client.h"
#include "kube/net/runtime.h"
#include "kube/objects/meta.h"

namespace mpl::client {

using net::Task;
using objects::Json;

struct ApplyOptions {
  std::string field_manager = {};
  bool force = true;
  std::string subresource = {};  // "status" or empty
  bool dry_run = false;
};

struct DeleteOptions {
  std::string propagation_policy = "Background";  // Background, Foreground, Orphan
  std::string precondition_uid = {};              // empty: any
  std::string precondition_version = {};          // resourceVersion; empty: any
};

class KubeClient {
 public:
  KubeClient(net::Executor executor, std::shared_ptr<RestConfig> config);
  ~KubeClient();
  KubeClient(const KubeClient&) = delete;
  KubeClient& operator=(const KubeClient&) = delete;

  Task<Result<Json>> Get(const objects::Resource& resource, std::string_view ns,
                         std::string_view name);
  // Whole list in one answer; use an Informer for anything that may be large.
  Task<Result<Json>> List(const objects::Resource& resource, std::string_view ns,
                          std::string_view query = {});
  Task<Result<Json>> Create(const objects::Resource& resource, std::string_view ns,
                            const Json& object);
  // POST to …/<name>/<subresource>: serviceaccounts/token, for one.
  Task<Result<Json>> CreateSubresource(const objects::Resource& resource, std::string_view ns,
                                       std::string_view name, std::string_view subresource,
                                       const Json& object);
  // PUT: fails with kConflict when metadata.resourceVersion is not the current one.
  Task<Result<Json>> Replace(const objects::Resource& resource, const Json& object);
  // Server-side apply of a full intent; creates when missing.
  Task<Result<Json>> Apply(const objects::Resource& resource, const Json& intent,
                           const ApplyOptions& options);
  // application/merge-patch+json
  Task<Result<Json>> MergePatch(const objects::Resource& resource, std::string_view ns,
                                std::string_view name, const Json& patch,
                                std::string_view subresource = {});
  // kNotFound when it is gone already.
  Task<Result<void>> Delete(const objects::Resource& resource, std::string_view ns,
                            std::string_view name, const DeleteOptions& options);
  // Two functions and no default argument: GCC 12 miscompiles an aggregate temporary inside a
  // co_await expression.
  Task<Result<void>> Delete(const objects::Resource& resource, std::string_view ns,
                            std::string_view name);

  // Any request below the server's path prefix, with credential. `Send` answers any status as a
  // Response; use CheckStatus to turn a bad one into an Error.
  Task<Result<http::Response>> Send(http::Request request, net::CallLimits limits = {});
  Task<Result<net::StreamedResponse>> Open(http::Request request, Duration timeout);
  static Result<void> CheckStatus(const http::Response& response);

  // Namespace of the service account or kubeconfig context.
  const std::string& default_namespace() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpl::client
