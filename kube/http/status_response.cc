#include "kube/http/status_response.h"

#include "kube/base/text.h"

namespace mpl::http {
namespace {

std::string Dump(const objects::Json& json) {
  return json.dump(-1, ' ', false, objects::Json::error_handler_t::replace) + "\n";
}

std::string ForbiddenMessage(std::string_view user, const RequestInfo& info) {
  const std::string who = "User " + Quote(user) + " cannot " + info.verb;
  if (!info.is_resource) return "forbidden: " + who + " path " + Quote(info.path);
  std::string what = info.resource;
  if (!info.subresource.empty()) what += "/" + info.subresource;
  std::string qualified = info.resource;
  if (!info.group.empty()) qualified += "." + info.group;
  if (!info.name.empty()) qualified += " " + Quote(info.name);
  const std::string where =
      info.ns.empty() ? " at the cluster scope" : " in the namespace " + Quote(info.ns);
  return qualified + " is forbidden: " + who + " resource " + Quote(what) + " in API group " +
         Quote(info.group) + where;
}

}  // namespace

std::string EscapeMarkup(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

Response JsonResponse(int status, const objects::Json& body) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.body = Dump(body);
  return response;
}

Response TextResponse(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", "text/plain; charset=utf-8");
  response.headers.Add("X-Content-Type-Options", "nosniff");
  response.body = std::move(body);
  return response;
}

Response StatusResponse(const Error& error, const objects::StatusDetails& details) {
  Response response =
      JsonResponse(HttpStatusCode(error.kind), objects::WriteStatus(error, details));
  if (error.retry_after) {
    response.headers.Set("Retry-After", std::to_string(error.retry_after->count()));
  }
  return response;
}

Response UnauthorizedResponse() {
  return StatusResponse({.kind = ErrorKind::kUnauthorized, .message = "Unauthorized"});
}

Response ForbiddenResponse(std::string_view user, const RequestInfo& info,
                           std::string_view reason) {
  std::string message = ForbiddenMessage(user, info);
  if (!reason.empty()) message += ": " + std::string(reason);
  objects::StatusDetails details;
  details.name = info.name;
  details.group = info.group;
  details.kind = info.resource;
  Response response =
      StatusResponse({.kind = ErrorKind::kForbidden, .message = EscapeMarkup(message)}, details);
  response.headers.Set("X-Content-Type-Options", "nosniff");
  return response;
}

Response ForbiddenResponse(std::string_view message) {
  Response response =
      StatusResponse({.kind = ErrorKind::kForbidden, .message = EscapeMarkup(message)});
  response.headers.Set("X-Content-Type-Options", "nosniff");
  return response;
}

Response ResourceNotFoundResponse() {
  return StatusResponse({.kind = ErrorKind::kNotFound,
                         .message = "the server could not find the requested resource"});
}

Response PathNotFoundResponse() { return TextResponse(404, "404 page not found\n"); }

Response PathIndexResponse(int status, const std::vector<std::string>& paths) {
  Response response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json");
  response.body = objects::Json({{"paths", paths}}).dump(2);
  return response;
}

Response MethodNotAllowedResponse(std::string_view allowed) {
  Response response = StatusResponse(
      {.kind = ErrorKind::kMethodNotAllowed,
       .message = "the server does not allow this method on the requested resource"});
  response.headers.Set("Allow", std::string(allowed));
  return response;
}

Response InternalErrorResponse(std::string_view target, std::string_view why) {
  return TextResponse(500, "Internal Server Error: " + EscapeMarkup(Quote(target)) + ": " +
                               EscapeMarkup(why) + "\n");
}

}  // namespace mpl::http
