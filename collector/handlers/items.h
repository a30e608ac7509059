// NodeMetrics and PodMetrics as JSON. Form: k8s.io/metrics pkg/apis/metrics/v1, with the metadata
// that metrics-server gives: name, namespace, the object's labels, and the time of the request.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "collector/handlers/item.h"
#include "collector/handlers/json_text.h"

namespace mpl::handlers {

// Of an object: items of a typed list have none.
struct TypeMeta {
  std::string_view kind;         // empty: not written
  std::string_view api_version;  // "metrics.k8s.io/v1beta1"
};

void AppendTypeMeta(JsonObjectWriter& object, const TypeMeta& type);

// An item's metadata behind its name. In a list the pods of a workload follow each other and have
// all of it in common.
class MetadataTail {
 public:
  // `created`: RFC 3339.
  explicit MetadataTail(std::string created) : created_(std::move(created)) {}
  // Good until the next call.
  std::string_view Of(const ItemMeta& meta);

 private:
  std::string created_;
  // What `text_` was made of. The labels keep their body alive: no other can be at its address.
  std::string ns_;
  objects::Labels labels_;
  std::string text_;
};

void AppendMetadata(std::string& out, const ItemMeta& meta, MetadataTail& tails);
void AppendMetrics(std::string& out, const TypeMeta& type, const Item& item, MetadataTail& tails);

}  // namespace mpl::handlers
