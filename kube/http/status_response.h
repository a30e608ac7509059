// Answers that are not what was asked for, in the words that Kubernetes' clients know.
// Texts: k8s.io/apiserver endpoints/handlers/responsewriters.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/http/message.h"
#include "kube/http/request_info.h"
#include "kube/objects/meta.h"
#include "kube/objects/status.h"

namespace mpl::http {

Response JsonResponse(int status, const objects::Json& body);
// text/plain; charset=utf-8, nosniff
Response TextResponse(int status, std::string body);

// A metav1.Status with the error's message, reason and code; Retry-After when the error has one.
Response StatusResponse(const Error& error, const objects::StatusDetails& details = {});

// 401, message "Unauthorized": why is for our log, not for a stranger.
Response UnauthorizedResponse();
// 403: `pods.metrics.k8s.io is forbidden: User "u" cannot list resource "pods" in API group
// "metrics.k8s.io" in the namespace "ns": reason`. nosniff.
Response ForbiddenResponse(std::string_view user, const RequestInfo& info, std::string_view reason);
// 403: what the user cannot do without naming a resource; `message` as it shall stand.
Response ForbiddenResponse(std::string_view message);
// 404 Status: a resource that this group does not have.
Response ResourceNotFoundResponse();
// 404 in plain text: a path that nobody serves, of a server without an index.
Response PathNotFoundResponse();
// {"paths": […]}, indented: 200 at "/", and with 404 what there is instead of a path that is not.
Response PathIndexResponse(int status, const std::vector<std::string>& paths);
// 405 Status, with Allow.
Response MethodNotAllowedResponse(std::string_view allowed);
// 500 in plain text: `Internal Server Error: "/uri": why`.
Response InternalErrorResponse(std::string_view target, std::string_view why);

// '&', '<' and '>' as HTML entities: the parts of a 403 that a user chose cannot become markup.
std::string EscapeMarkup(std::string_view text);

}  // namespace mpl::http
