#include "collector/handlers/list_options.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

#include "kube/base/text.h"

namespace mpl::handlers {
namespace {

using objects::StatusCause;

bool IsResourceVersion(std::string_view text) {
  std::uint64_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  return text.empty() || (error == std::errc() && end == text.data() + text.size());
}

std::unexpected<Error> NoNumber(std::string_view name, std::string_view value) {
  return Fail(ErrorKind::kBadRequest,
              std::string(name) + ": Invalid value: " + Quote(value) + ": must be a whole number");
}

Result<void> CheckNumbers(const http::Query& query) {
  for (const char* name : {"timeoutSeconds", "limit"}) {
    if (query.Has(name) && !ParseInteger(query.Get(name))) return NoNumber(name, query.Get(name));
  }
  const std::string_view version = query.Get("resourceVersion");
  if (!IsResourceVersion(version)) {
    return Within("invalid resource version", NoNumber("resourceVersion", version).error());
  }
  return {};
}

Result<std::string_view> OnlyValue(const http::Query& query, std::string_view name) {
  const auto values = query.GetAll(name);
  const bool agree =
      std::ranges::all_of(values, [&](std::string_view value) { return value == values.front(); });
  if (agree) return query.Get(name);
  std::string why(name);
  why.append(" is given ").append(std::to_string(values.size()));
  why.append(" times with different values; give it once, requirements separated by ','");
  return Fail(ErrorKind::kBadRequest, std::move(why));
}

Result<ListOptions> ParseSelectors(const http::Query& query) {
  const auto label_text = OnlyValue(query, "labelSelector");
  if (!label_text) return std::unexpected(label_text.error());
  const auto field_text = OnlyValue(query, "fieldSelector");
  if (!field_text) return std::unexpected(field_text.error());
  auto labels = objects::LabelSelector::Parse(*label_text);
  if (!labels) return std::unexpected(labels.error());
  auto fields = objects::FieldSelector::Parse(*field_text);
  if (!fields) return std::unexpected(fields.error());
  return ListOptions{*std::move(labels), *std::move(fields)};
}

StatusCause Forbidden(const std::string& field, const std::string& why) {
  return {"FieldValueForbidden", "Forbidden: " + why, field};
}

std::vector<StatusCause> Contradictions(const http::Query& query) {
  const std::string field = "resourceVersionMatch";
  const std::string_view match = query.Get(field);
  const std::string_view version = query.Get("resourceVersion");
  std::vector<StatusCause> causes;
  if (!match.empty()) {
    if (version.empty()) {
      causes.push_back(
          Forbidden(field, field + " is forbidden unless resourceVersion is provided"));
    }
    if (!query.Get("continue").empty()) {
      causes.push_back(Forbidden(field, field + " is forbidden when continue is provided"));
    }
    if (match != "Exact" && match != "NotOlderThan") {
      causes.push_back({"FieldValueNotSupported",
                        "Unsupported value: " + Quote(match) +
                            R"(: supported values: "Exact", "NotOlderThan", "")",
                        field});
    }
    if (match == "Exact" && version == "0") {
      causes.push_back(
          Forbidden(field, field + R"( "exact" is forbidden for resourceVersion "0")"));
    }
  }
  if (query.Has("sendInitialEvents")) {
    causes.push_back(Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  return causes;
}

ListOptionsFault Invalid(std::vector<StatusCause> causes) {
  std::vector<std::string> texts;
  texts.reserve(causes.size());
  for (const StatusCause& cause : causes) texts.push_back(cause.field + ": " + cause.message);
  const std::string all = texts.size() == 1 ? texts.front() : "[" + Join(texts, ", ") + "]";
  ListOptionsFault fault;
  fault.error = {.kind = ErrorKind::kInvalid,
                 .message = "ListOptions.meta.k8s.io \"\" is invalid: " + all};
  fault.details.group = "meta.k8s.io";
  fault.details.kind = "ListOptions";
  fault.details.causes = std::move(causes);
  return fault;
}

}  // namespace

bool ListOptions::Match(const ItemMeta& meta) const {
  return (fields.empty() || fields.Matches(meta.name, meta.ns)) && labels.Matches(meta.labels);
}

std::expected<ListOptions, ListOptionsFault> ParseListOptions(const http::Query& query) {
  if (auto numbers = CheckNumbers(query); !numbers) {
    return std::unexpected(ListOptionsFault{numbers.error()});
  }
  auto options = ParseSelectors(query);
  if (!options) return std::unexpected(ListOptionsFault{options.error()});
  if (auto causes = Contradictions(query); !causes.empty()) {
    return std::unexpected(Invalid(std::move(causes)));
  }
  return *std::move(options);
}

}  // namespace mpl::handlers
