// NodeMetrics and PodMetrics as JSON. Form: k8s.io/metrics pkg/apis/metrics/v1, with the metadata
// that metrics-server gives: name, namespace, the object's labels, and the time of the request.
#pragma once

#include <string>
#include <string_view>

#include "collector/handlers/item.h"
#include "collector/handlers/json_text.h"

namespace mpl::handlers {

// Of an object: items of a typed list have none.
struct TypeMeta {
  std::string_view kind;         // empty: not written
  std::string_view api_version;  // "metrics.k8s.io/v1beta1"
};

void AppendTypeMeta(JsonObjectWriter& object, const TypeMeta& type);
// `created`: RFC 3339.
void AppendMetadata(std::string& out, const objects::ObjectMeta& meta, std::string_view created);
void AppendMetrics(std::string& out, const TypeMeta& type, const Item& item,
                   std::string_view created);

}  // namespace mpl::handlers
