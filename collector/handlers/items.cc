#include "collector/handlers/items.h"

#include "collector/handlers/text_cursor.h"
#include "kube/objects/quantity.h"

namespace mpl::handlers {
namespace {

// Room for the members' names, braces and commas of one object, of one label, and of one container.
constexpr std::size_t kObjectBytes = 200;
constexpr std::size_t kLabelBytes = 4;
constexpr std::size_t kContainerBytes = 80;

std::size_t Room(std::string_view text) { return JsonStringBytes(text.size()); }

std::size_t MetadataRoom(const objects::ObjectMeta& meta, std::string_view created) {
  std::size_t room = kObjectBytes + Room(meta.name) + Room(meta.ns) + created.size();
  for (const auto& [key, value] : meta.labels) room += kLabelBytes + Room(key) + Room(value);
  return room;
}

std::size_t UsageRoom(const Item& item) {
  constexpr std::size_t kUsageBytes = kContainerBytes + 3 * objects::kQuantityBytes;
  std::size_t room = kRfc3339Bytes + kGoDurationBytes + kUsageBytes;
  for (const store::ContainerUsage& container : item.containers) {
    room += kUsageBytes + Room(container.name);
  }
  return room;
}

void PutUsage(TextCursor& to, const store::Usage& usage) {
  to.Put(R"({"cpu":")");
  to.Nanocores(usage.cpu_nanocores);
  to.Put(R"(","memory":")");
  to.Bytes(usage.memory_bytes);
  if (usage.swap_bytes) {
    to.Put(R"(","swap":")");
    to.Bytes(*usage.swap_bytes);
  }
  to.Put(R"("})");
}

void PutContainers(TextCursor& to, std::span<const store::ContainerUsage> containers) {
  to.Put('[');
  bool first = true;
  for (const store::ContainerUsage& container : containers) {
    to.Put(first ? R"({"name":)" : R"(,{"name":)");
    first = false;
    to.JsonString(container.name);
    to.Put(R"(,"usage":)");
    PutUsage(to, container.usage);
    to.Put('}');
  }
  to.Put(']');
}

void PutLabels(TextCursor& to, const objects::ObjectMeta& meta) {
  bool first = true;
  for (const auto& [key, value] : meta.labels) {
    to.Put(first ? '{' : ',');
    first = false;
    to.JsonString(key);
    to.Put(':');
    to.JsonString(value);
  }
  to.Put('}');
}

void PutMetadata(TextCursor& to, const objects::ObjectMeta& meta, std::string_view created) {
  to.Put(R"({"name":)");
  to.JsonString(meta.name);
  if (!meta.ns.empty()) {
    to.Put(R"(,"namespace":)");
    to.JsonString(meta.ns);
  }
  to.Put(R"(,"creationTimestamp":")");
  to.Put(created);
  to.Put('"');
  if (!meta.labels.empty()) {
    to.Put(R"(,"labels":)");
    PutLabels(to, meta);
  }
  to.Put('}');
}

}  // namespace

void AppendTypeMeta(JsonObjectWriter& object, const TypeMeta& type) {
  if (type.kind.empty()) return;
  object.Text("kind", type.kind);
  object.Text("apiVersion", type.api_version);
}

void AppendMetadata(std::string& out, const objects::ObjectMeta& meta, std::string_view created) {
  AppendWithin(out, MetadataRoom(meta, created),
               [&](TextCursor& to) { PutMetadata(to, meta, created); });
}

void AppendMetrics(std::string& out, const TypeMeta& type, const Item& item,
                   std::string_view created) {
  JsonObjectWriter object(out);
  AppendTypeMeta(object, type);
  object.Key("metadata");
  AppendWithin(out, MetadataRoom(*item.meta, created) + UsageRoom(item), [&](TextCursor& to) {
    PutMetadata(to, *item.meta, created);
    to.Put(R"(,"timestamp":")");
    to.Time(item.timestamp);
    to.Put(R"(","window":")");
    to.Span(item.window);
    if (item.usage != nullptr) {
      to.Put(R"(","usage":)");
      PutUsage(to, *item.usage);
    } else {
      to.Put(R"(","containers":)");
      PutContainers(to, item.containers);
    }
    to.Put('}');
  });
}

}  // namespace mpl::handlers
