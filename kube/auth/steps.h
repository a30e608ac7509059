// The single steps by which a request may prove who sends it. Each answers
//   a user     this step vouches for them,
//   nothing    this step has no opinion: no such credential is there,
//   an error   such a credential is there and is not good (kUnauthorized; the message is for logs).
// Rules: k8s.io/apiserver pkg/authentication/request/{headerrequest,x509,bearertoken}.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/auth/auth_config.h"
#include "kube/auth/user_info.h"
#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/http/message.h"
#include "kube/x509/certificate.h"

namespace mpl::auth {

using StepResult = Result<std::optional<UserInfo>>;
using Chain = std::vector<x509::Certificate>;  // leaf first; empty: none presented

// Does this client certificate belong to the front proxy? Everything that the X-Remote-* headers
// say depends on it.
Result<void> VerifyFrontProxy(const RequestHeaderConfig& config, const Chain& chain, TimePoint now);

// What the headers claim. To be called only after VerifyFrontProxy. Nothing without a user name.
std::optional<UserInfo> ReadRequestHeaders(const RequestHeaderConfig& config,
                                           const http::Headers& headers);

// Common name is the user, organizations are the groups.
StepResult ClientCertificateStep(const std::vector<x509::Certificate>& roots, const Chain& chain,
                                 TimePoint now);

// The token of "Authorization: Bearer …"; nothing when there is none.
std::optional<std::string> BearerToken(const http::Headers& headers);

}  // namespace mpl::auth
