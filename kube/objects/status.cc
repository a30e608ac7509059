#include "kube/objects/status.h"

#include <algorithm>

#include "kube/base/text.h"
#include "kube/objects/fields.h"

namespace mpl::objects {
namespace {

// Enough of a foreign body to recognise it; it may be a proxy's HTML page.
constexpr std::size_t kQuotedBytes = 200;

int NumberOf(const Json& json, const char* field) {
  const auto found = json.find(field);
  return found != json.end() && found->is_number_integer() ? found->get<int>() : 0;
}

StatusDetails ParseDetails(const Json& json) {
  StatusDetails details{.name = TextIn(json, "name"),
                        .group = TextIn(json, "group"),
                        .kind = TextIn(json, "kind"),
                        .retry_after_seconds = NumberOf(json, "retryAfterSeconds")};
  const auto causes = json.find("causes");
  if (causes == json.end() || !causes->is_array()) return details;
  for (const Json& cause : *causes) {
    if (!cause.is_object()) continue;
    details.causes.push_back(
        {TextIn(cause, "reason"), TextIn(cause, "message"), TextIn(cause, "field")});
  }
  return details;
}

Json WriteDetails(const StatusDetails& details) {
  Json json = Json::object();
  if (!details.name.empty()) json["name"] = details.name;
  if (!details.group.empty()) json["group"] = details.group;
  if (!details.kind.empty()) json["kind"] = details.kind;
  if (details.retry_after_seconds > 0) json["retryAfterSeconds"] = details.retry_after_seconds;
  for (const StatusCause& cause : details.causes) {
    Json written = {{"reason", cause.reason}, {"message", cause.message}};
    if (!cause.field.empty()) written["field"] = cause.field;
    json["causes"].push_back(std::move(written));
  }
  return json;
}

}  // namespace

Error Status::ToError() const {
  Error error{KindFromStatus(code, reason), message.empty() ? reason : message};
  if (error.message.empty()) error.message = "the server answered " + std::to_string(code);
  if (details.retry_after_seconds > 0) {
    error.retry_after = std::chrono::seconds(details.retry_after_seconds);
  }
  return error;
}

Result<Status> ParseStatus(const Json& json) {
  if (!json.is_object() || TextIn(json, "kind") != "Status") {
    return Fail(ErrorKind::kMalformed, "not a metav1.Status");
  }
  Status status{.message = TextIn(json, "message"),
                .reason = TextIn(json, "reason"),
                .code = NumberOf(json, "code")};
  const auto details = json.find("details");
  if (details != json.end() && details->is_object()) status.details = ParseDetails(*details);
  return status;
}

Error ErrorFromBody(int code, std::string_view body) {
  const Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (auto status = ParseStatus(json)) {
    if (status->code == 0) status->code = code;
    return status->ToError();
  }
  Error error{KindFromStatus(code, {}), "the server answered " + std::to_string(code)};
  const std::string_view text = Trim(body).substr(0, kQuotedBytes);
  if (!text.empty()) error.message += ": " + std::string(text);
  return error;
}

Json WriteStatus(const Error& error, const StatusDetails& details) {
  StatusDetails full = details;
  if (error.retry_after && full.retry_after_seconds == 0) {
    full.retry_after_seconds = static_cast<int>(error.retry_after->count());
  }
  Json json = {{"kind", "Status"},
               {"apiVersion", "v1"},
               {"metadata", Json::object()},
               {"status", "Failure"},
               {"message", error.message},
               {"reason", StatusReason(error.kind)},
               {"code", HttpStatusCode(error.kind)}};
  Json written = WriteDetails(full);
  if (!written.empty()) json["details"] = std::move(written);
  return json;
}

}  // namespace mpl::objects
