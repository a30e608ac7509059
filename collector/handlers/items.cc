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
    out += first ? R"({"name":)" : R"(,{"name":)";
    first = false;
    AppendJsonString(out, container.name);
    out += R"(,"usage":)";
    AppendUsage(out, container.usage);
    out += '}';
  }
  out += ']';
}

void AppendLabels(std::string& out, const objects::ObjectMeta& meta) {
  bool first = true;
  for (const auto& [key, value] : meta.labels) {
    out += first ? '{' : ',';
    first = false;
    AppendJsonString(out, key);
    out += ':';
    AppendJsonString(out, value);
  }
  out += '}';
}

}  // namespace

void AppendTypeMeta(JsonObjectWriter& object, const TypeMeta& type) {
  if (type.kind.empty()) return;
  object.Text("kind", type.kind);
  object.Text("apiVersion", type.api_version);
}

// These are written for every pod of a list: in one go, for the names of members need no escapes.
void AppendMetadata(std::string& out, const objects::ObjectMeta& meta, std::string_view created) {
  out += R"({"name":)";
  AppendJsonString(out, meta.name);
  if (!meta.ns.empty()) {
    out += R"(,"namespace":)";
    AppendJsonString(out, meta.ns);
  }
  out += R"(,"creationTimestamp":")";
  out.append(created) += '"';
  if (!meta.labels.empty()) {
    out += R"(,"labels":)";
    AppendLabels(out, meta);
  }
  out += '}';
}

void AppendMetrics(std::string& out, const TypeMeta& type, const Item& item,
                   std::string_view created) {
  JsonObjectWriter object(out);
  AppendTypeMeta(object, type);
  AppendMetadata(object.Key("metadata"), *item.meta, created);
  out += R"(,"timestamp":")";
  AppendRfc3339(out, item.timestamp);
  out += R"(","window":")";
  out += FormatGoDuration(item.window);
  if (item.usage != nullptr) {
    out += R"(","usage":)";
    AppendUsage(out, *item.usage);
  } else {
    out += R"(","containers":)";
    AppendContainers(out, item.containers);
  }
  out += '}';
}

}  // namespace mpl::handlers
