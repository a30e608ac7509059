#include "collector/handlers/items.h"

#include "collector/handlers/text_cursor.h"
#include "kube/objects/quantity.h"

namespace mpl::handlers {
namespace {

// Room for the members' names, braces and commas of one object, and of one container.
constexpr std::size_t kObjectBytes = 200;
constexpr std::size_t kContainerBytes = 80;

std::size_t Room(std::string_view text) { return JsonStringBytes(text.size()); }

std::size_t MetadataRoom(const ItemMeta& meta, std::string_view tail) {
  return kObjectBytes + Room(meta.name) + tail.size();
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

void PutMetadata(TextCursor& to, const ItemMeta& meta, std::string_view tail) {
  to.Put(R"({"name":)");
  to.JsonString(meta.name);
  to.Put(tail);
}

}  // namespace

void AppendTypeMeta(JsonObjectWriter& object, const TypeMeta& type) {
  if (type.kind.empty()) return;
  object.Text("kind", type.kind);
  object.Text("apiVersion", type.api_version);
}

std::string_view CommonText::TailOf(const ItemMeta& meta) {
  return tail_.Of(meta, [&](std::string& text) {
    if (!meta.ns.empty()) AppendJsonString(text.append(R"(,"namespace":)"), meta.ns);
    text.append(R"(,"creationTimestamp":")").append(created_) += '"';
    if (!meta.labels.empty()) {
      JsonObjectWriter labels(text.append(R"(,"labels":)"));
      for (const auto& [key, value] : meta.labels) labels.Text(key, value);
      labels.End();
    }
    text += '}';
  });
}

void AppendMetadata(std::string& out, const ItemMeta& meta, CommonText& common) {
  const std::string_view tail = common.TailOf(meta);
  AppendWithin(out, MetadataRoom(meta, tail), [&](TextCursor& to) { PutMetadata(to, meta, tail); });
}

void AppendMetrics(std::string& out, const TypeMeta& type, const Item& item, CommonText& common) {
  JsonObjectWriter object(out);
  AppendTypeMeta(object, type);
  if (!type.kind.empty()) out += ',';
  const std::string_view tail = common.TailOf(item.meta);
  AppendWithin(out, MetadataRoom(item.meta, tail) + UsageRoom(item), [&](TextCursor& to) {
    to.Put(R"("metadata":)");
    PutMetadata(to, item.meta, tail);
    to.Put(R"(,"timestamp":")");
    to.Time(common.times(), item.timestamp);
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
