#include "bench/apiserver/api.h"

#include <array>
#include <utility>

#include "bench/apiserver/continue_token.h"
#include "bench/apiserver/list_body.h"
#include "bench/apiserver/watch_body.h"
#include "kube/base/text.h"
#include "kube/http/status_response.h"

namespace mpl::bench {
namespace {

constexpr std::string_view kVersion =
    R"({"major":"1","minor":"36","gitVersion":"v1.36.0+simulator","platform":"linux/amd64"})";
// A watch that does not say how long it wants to live: kube-apiserver takes 30 to 60 minutes.
constexpr std::int64_t kWatchSeconds = 1800;

std::unexpected<Error> NoSuchThing() {
  return Fail(ErrorKind::kNotFound, "the server could not find the requested resource");
}

ApiAnswer FromResponse(http::Response response) {
  ApiAnswer answer;
  answer.status = response.status;
  answer.content_type = std::string(response.headers.Get("Content-Type"));
  answer.body = std::move(response.body);
  return answer;
}

std::optional<Kind> KindOfPlural(const http::RequestInfo& info) {
  if (!info.group.empty() || info.version != "v1" || !info.subresource.empty()) return std::nullopt;
  for (const Kind kind : {Kind::kNode, Kind::kPod, Kind::kConfigMap}) {
    if (info.resource == PluralName(kind)) return kind;
  }
  return std::nullopt;
}

// Nothing: any state will do. kBadRequest for what is no version.
Result<std::optional<std::uint64_t>> VersionAsked(const http::Query& parameters) {
  const std::string_view text = parameters.Get("resourceVersion");
  if (text.empty() || text == "0") return std::nullopt;
  const auto version = ParseInteger(text);
  if (!version || *version < 0) {
    return Fail(ErrorKind::kBadRequest, "invalid resource version " + Quote(text));
  }
  return static_cast<std::uint64_t>(*version);
}

std::unexpected<Error> TooLarge(std::uint64_t asked, std::uint64_t current) {
  return Fail(ErrorKind::kTimeout, "Too large resource version: " + std::to_string(asked) +
                                       ", current: " + std::to_string(current));
}

std::optional<Object> Find(const Contents& contents, Kind kind, const http::RequestInfo& info) {
  if (kind == Kind::kNode) {
    const auto node = contents.Node(ParseNodeName(info.name).value_or(-1));
    return node ? std::optional<Object>(*node) : std::nullopt;
  }
  std::optional<Object> found;
  if (kind == Kind::kPod) {
    if (const auto pod = contents.Pod(info.name)) found = *pod;
  } else if (info.name == kSettingsName) {
    found = ConfigMapRevision{contents.settings, kFirstVersion};
  }
  return found && NamespaceOf(*found) == info.ns ? found : std::nullopt;
}

}  // namespace

ApiAnswer Api::Answer(const Query& query, std::string_view body, std::int64_t now_ms) {
  ++counters_.requests;
  const std::array<std::string_view, 3> probes = {"/healthz", "/livez", "/readyz"};
  if (std::ranges::find(probes, query.path) != probes.end()) {
    return {.content_type = "text/plain; charset=utf-8", .body = "ok", .stream = nullptr};
  }
  if (query.path == "/version") return {.body = std::string(kVersion), .stream = nullptr};
  if (query.authorization != "Bearer " + users_.token) {
    ++counters_.unauthorized;
    return FromResponse(http::UnauthorizedResponse());
  }
  auto answer = Route(query, body, now_ms);
  if (answer) return *std::move(answer);
  ++counters_.refused;
  return FromResponse(http::StatusResponse(answer.error()));
}

Result<ApiAnswer> Api::Route(const Query& query, std::string_view body, std::int64_t now_ms) {
  auto target = http::ParseTarget(query.target);
  if (!target) return std::unexpected(std::move(target.error()));
  Question question{.info = http::MakeRequestInfo(std::string(query.method), *target),
                    .parameters = std::move(target->query),
                    .accept = query.accept,
                    .now_ms = now_ms};
  if (!question.info.is_resource) return NoSuchThing();
  if (question.info.verb != "create") return Read(question);
  if (!query.content_type.starts_with("application/json")) {
    return Fail(ErrorKind::kUnsupportedMediaType,
                "the body must be application/json, not " + Quote(query.content_type));
  }
  return Review(question, body);
}

Result<ApiAnswer> Api::Review(const Question& question, std::string_view body) {
  const std::string what = question.info.QualifiedResource();
  Result<std::string> review = NoSuchThing();
  if (what == "tokenreviews.authentication.k8s.io") {
    review = AnswerTokenReview(users_, body);
  } else if (what == "subjectaccessreviews.authorization.k8s.io") {
    review = AnswerAccessReview(users_, body);
  } else if (KindOfPlural(question.info)) {
    return Fail(ErrorKind::kMethodNotAllowed, "the simulated API is for reading");
  }
  if (!review) return std::unexpected(std::move(review.error()));
  ++counters_.reviews;
  return ApiAnswer{.status = 201, .body = *std::move(review), .stream = nullptr};
}

Result<ApiAnswer> Api::Read(const Question& question) {
  const http::RequestInfo& info = question.info;
  const auto kind = KindOfPlural(info);
  if (!kind) return NoSuchThing();
  if (info.verb == "get") return Get(question, *kind);
  if (info.verb != "list" && info.verb != "watch") {
    return Fail(ErrorKind::kMethodNotAllowed, "the simulated API is for reading");
  }
  const auto selection = Selection::Make(*kind, info.ns, info.label_selector, info.field_selector);
  if (!selection) return std::unexpected(selection.error());
  return info.verb == "list" ? List(question, *selection) : Watch(question, *selection);
}

Result<ApiAnswer> Api::Get(const Question& question, Kind kind) {
  const auto form = ChooseForm(question.accept, Asked::kObject);
  if (!form) return std::unexpected(form.error());
  const auto object = Find(*registry_.current(), kind, question.info);
  if (!object) {
    return Fail(ErrorKind::kNotFound,
                std::string(PluralName(kind)) + " " + Quote(question.info.name) + " not found");
  }
  return ApiAnswer{.content_type = std::string(ContentType(*form, Asked::kObject)),
                   .body = WriteObject(*form, *object),
                   .stream = nullptr};
}

Result<ApiAnswer> Api::List(const Question& question, const Selection& selection) {
  const auto form = ChooseForm(question.accept, Asked::kList);
  if (!form) return std::unexpected(form.error());
  const auto version = VersionAsked(question.parameters);
  if (!version) return std::unexpected(version.error());
  auto contents = registry_.current();
  if (*version && **version > contents->version) return TooLarge(**version, contents->version);
  if (question.parameters.Get("resourceVersionMatch") == "Exact" && *version != contents->version) {
    return Fail(ErrorKind::kGone, "the state of that resource version is no longer known");
  }
  const auto limit = ParseInteger(question.parameters.Get("limit")).value_or(0);
  PodPosition from;
  if (const auto text = question.parameters.Get("continue"); !text.empty()) {
    const auto token = ReadToken(text);
    if (!token) return std::unexpected(token.error());
    contents = registry_.Find(token->version);
    if (contents == nullptr) {
      return Fail(ErrorKind::kGone, "the provided continue parameter is too old");
    }
    from = token->next;
  }
  ++counters_.lists;
  auto body = std::make_unique<ListBody>(contents, *form, Walk(contents, selection, from),
                                         selection.kind(), limit);
  if (body->continues()) registry_.Remember(contents);
  return ApiAnswer{.content_type = std::string(ContentType(*form, Asked::kList)),
                   .body = {},
                   .stream = std::move(body)};
}

Result<ApiAnswer> Api::Watch(const Question& question, const Selection& selection) {
  const auto form = ChooseForm(question.accept, Asked::kWatch);
  if (!form) return std::unexpected(form.error());
  const http::Query& parameters = question.parameters;
  const auto version = VersionAsked(parameters);
  if (!version) return std::unexpected(version.error());
  if (*version && **version > registry_.version()) {
    return TooLarge(**version, registry_.version());
  }
  const bool first = parameters.Flag("sendInitialEvents");
  if (first && parameters.Get("resourceVersionMatch") != "NotOlderThan") {
    return Fail(ErrorKind::kInvalid,
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  }
  const auto seconds = ParseInteger(parameters.Get("timeoutSeconds")).value_or(kWatchSeconds);
  WatchOptions options;
  if (!first) options.after = *version;
  options.bookmarks = parameters.Flag("allowWatchBookmarks");
  options.initial_events_end = first && options.bookmarks;
  options.end_ms = question.now_ms + seconds * 1000;
  ++counters_.watches;
  return ApiAnswer{
      .content_type = std::string(ContentType(*form, Asked::kWatch)),
      .body = {},
      .stream = std::make_unique<WatchBody>(registry_, *form, selection, options, question.now_ms)};
}

}  // namespace mpl::bench
