// NodeMetrics and PodMetrics as JSON. Form: k8s.io/metrics pkg/apis/metrics/v1, with the metadata
// that metrics-server gives: name, namespace, the object's labels, and the time of the request.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "collector/handlers/item.h"
#include "collector/handlers/json_text.h"
#include "collector/handlers/metadata_tail.h"
#include "kube/base/time.h"

namespace mpl::handlers {

// Of an object: items of a typed list have none.
struct TypeMeta {
  std::string_view kind;         // empty: not written
  std::string_view api_version;  // "metrics.k8s.io/v1beta1"
};

void AppendTypeMeta(JsonObjectWriter& object, const TypeMeta& type);

// What the items of one answer have in common, so that it is not worked out for each.
class CommonText {
 public:
  // `created`: RFC 3339.
  explicit CommonText(std::string created) : created_(std::move(created)) {}
  // What stands behind the name in the metadata. Good until the next call.
  std::string_view TailOf(const ItemMeta& meta);
  Rfc3339Writer& times() { return times_; }

 private:
  std::string created_;
  MetadataTail tail_;
  Rfc3339Writer times_;
};

void AppendMetadata(std::string& out, const ItemMeta& meta, CommonText& common);
void AppendMetrics(std::string& out, const TypeMeta& type, const Item& item, CommonText& common);

}  // namespace mpl::handlers
