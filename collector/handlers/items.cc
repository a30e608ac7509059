#include "collector/handlers/items.h"

#include "collector/handlers/json_text.h"
#include "kube/objects/quantity.h"

namespace mpl::handlers {
namespace {

void AppendTypeMeta(JsonObjectWriter& object, const TypeMeta& type) {
  if (type.kind.empty()) return;
  object.Text("kind", type.kind);
  object.Text("apiVersion", "metrics.k8s.io/" + std::string(type.version));
}

void AppendMetadata(std::string& out, const objects::ObjectMeta& meta, std::string_view created) {
  JsonObjectWriter object(out);
  object.Text("name", meta.name);
  if (!meta.ns.empty()) object.Text("namespace", meta.ns);
  object.Text("creationTimestamp", created);
  if (!meta.labels.empty()) {
    JsonObjectWriter labels(object.Key("labels"));
    for (const auto& [key, value] : meta.labels) labels.Text(key, value);
    labels.End();
  }
  object.End();
}

void AppendUsage(std::string& out, const store::Usage& usage) {
  out += R"({"cpu":")";
  objects::AppendNanocores(out, usage.cpu_nanocores);
  out += R"(","memory":")";
  objects::AppendBytes(out, usage.memory_bytes);
  if (usage.swap_bytes) {
    out += R"(","swap":")";
    objects::AppendBytes(out, *usage.swap_bytes);
  }
  out += "\"}";
}

template <class U>
void AppendFront(JsonObjectWriter& object, const TypeMeta& type, const objects::ObjectMeta& meta,
                 const U& usage, std::string_view created) {
  AppendTypeMeta(object, type);
  AppendMetadata(object.Key("metadata"), meta, created);
  object.Text("timestamp", FormatRfc3339(usage.timestamp));
  object.Text("window", FormatGoDuration(usage.window));
}

}  // namespace

void AppendNodeMetrics(std::string& out, const TypeMeta& type, const objects::ObjectMeta& meta,
                       const store::NodeUsage& usage, std::string_view created) {
  JsonObjectWriter object(out);
  AppendFront(object, type, meta, usage, created);
  AppendUsage(object.Key("usage"), usage.usage);
  object.End();
}

void AppendPodMetrics(std::string& out, const TypeMeta& type, const objects::ObjectMeta& meta,
                      const store::PodUsage& usage, std::string_view created) {
  JsonObjectWriter object(out);
  AppendFront(object, type, meta, usage, created);
  object.Key("containers") += '[';
  bool first = true;
  for (const store::ContainerUsage& container : usage.containers) {
    if (!first) out += ',';
    first = false;
    JsonObjectWriter item(out);
    item.Text("name", container.name);
    AppendUsage(item.Key("usage"), container.usage);
    item.End();
  }
  out += ']';
  object.End();
}

void AppendListHead(std::string& out, const TypeMeta& type) {
  JsonObjectWriter object(out);
  AppendTypeMeta(object, type);
  object.Key("metadata") += "{}";
  object.Key("items") += '[';
}

}  // namespace mpl::handlers
