#include "collector/handlers/list_options.h"

#include <string>

namespace mpl::handlers {
namespace {

std::unexpected<Error> Forbidden(const std::string& field, const std::string& why) {
  return Fail(ErrorKind::kInvalid, "ListOptions.meta.k8s.io \"\" is invalid: " + field +
                                       ": Forbidden: " + field + " is forbidden " + why);
}

}  // namespace

bool ListOptions::Match(const objects::ObjectMeta& meta) const {
  return (fields.empty() || fields.Matches(meta.name, meta.ns)) && labels.Matches(meta.labels);
}

Result<ListOptions> ParseListOptions(const http::Query& query) {
  if (!query.Get("resourceVersionMatch").empty() && query.Get("resourceVersion").empty()) {
    return Forbidden("resourceVersionMatch", "unless resourceVersion is provided");
  }
  if (!query.Get("sendInitialEvents").empty()) return Forbidden("sendInitialEvents", "for list");
  ListOptions options;
  auto labels = objects::LabelSelector::Parse(query.Get("labelSelector"));
  if (!labels) return std::unexpected(labels.error());
  auto fields = objects::FieldSelector::Parse(query.Get("fieldSelector"));
  if (!fields) return std::unexpected(fields.error());
  options.labels = *std::move(labels);
  options.fields = *std::move(fields);
  return options;
}

}  // namespace mpl::handlers
