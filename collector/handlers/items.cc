#include "collector/handlers/items.h"

#include "kube/objects/quantity.h"

namespace mpl::handlers {
namespace {

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

void AppendContainers(std::string& out, std::span<const store::ContainerUsage> containers) {
  out += '[';
  bool first = true;
  for (const store::ContainerUsage& container : containers) {
    if (!first) out += ',';
    first = false;
    JsonObjectWriter item(out);
    item.Text("name", container.name);
    AppendUsage(item.Key("usage"), container.usage);
    item.End();
  }
  out += ']';
}

}  // namespace

void AppendTypeMeta(JsonObjectWriter& object, const TypeMeta& type) {
  if (type.kind.empty()) return;
  object.Text("kind", type.kind);
  object.Text("apiVersion", type.api_version);
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

void AppendMetrics(std::string& out, const TypeMeta& type, const Item& item,
                   std::string_view created) {
  JsonObjectWriter object(out);
  AppendTypeMeta(object, type);
  AppendMetadata(object.Key("metadata"), *item.meta, created);
  object.Key("timestamp") += '"';
  AppendRfc3339(out, item.timestamp);
  out += '"';
  object.Text("window", FormatGoDuration(item.window));
  if (item.usage != nullptr) {
    AppendUsage(object.Key("usage"), *item.usage);
  } else {
    AppendContainers(object.Key("containers"), item.containers);
  }
  object.End();
}

}  // namespace mpl::handlers
