#include "collector/handlers/json_shape.h"

#include <limits>

#include "collector/handlers/items.h"
#include "kube/objects/quantity.h"

namespace mpl::handlers {
namespace {

constexpr std::string_view kPartial = "PartialObjectMetadata";
constexpr std::string_view kPartialList = "PartialObjectMetadataList";

void AppendListHead(std::string& out, std::string_view kind, std::string_view api_version) {
  JsonObjectWriter list(out);
  AppendTypeMeta(list, {.kind = kind, .api_version = api_version});
  list.Key("metadata") += "{}";
  list.Key("items") += '[';
}

class MetricsShape final : public JsonShape {
 public:
  explicit MetricsShape(const AnswerFrame& frame)
      : frame_(frame), common_(FormatRfc3339(frame.created)) {}

  void AppendSingle(std::string& out, const Item& item) override {
    AppendMetrics(out, {.kind = frame_.kind, .api_version = frame_.api_version}, item, common_);
  }
  void AppendHead(std::string& out) const override {
    AppendListHead(out, frame_.kind + "List", frame_.api_version);
  }
  void AppendItem(std::string& out, const Item& item) override {
    AppendMetrics(out, {}, item, common_);
  }

 private:
  AnswerFrame frame_;
  CommonText common_;
};

void AppendPartial(std::string& out, std::string_view api_version, const Item& item,
                   CommonText& common) {
  JsonObjectWriter partial(out);
  AppendTypeMeta(partial, {.kind = kPartial, .api_version = api_version});
  AppendMetadata(partial.Key("metadata"), item.meta, common);
  partial.End();
}

class MetadataShape final : public JsonShape {
 public:
  explicit MetadataShape(const AnswerFrame& frame)
      : api_version_(frame.meta_api_version), common_(FormatRfc3339(frame.created)) {}

  void AppendSingle(std::string& out, const Item& item) override {
    AppendPartial(out, api_version_, item, common_);
  }
  void AppendHead(std::string& out) const override {
    AppendListHead(out, kPartialList, api_version_);
  }
  void AppendItem(std::string& out, const Item& item) override {
    AppendPartial(out, api_version_, item, common_);
  }

 private:
  std::string api_version_;
  CommonText common_;
};

std::uint64_t AddCapped(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return a > most - b ? most : a + b;
}

store::Usage Total(const Item& item) {
  if (item.usage != nullptr) return *item.usage;
  store::Usage total;
  for (const store::ContainerUsage& container : item.containers) {
    total.cpu_nanocores = AddCapped(total.cpu_nanocores, container.usage.cpu_nanocores);
    total.memory_bytes = AddCapped(total.memory_bytes, container.usage.memory_bytes);
  }
  return total;
}

class TableShape final : public JsonShape {
 public:
  TableShape(const AnswerFrame& frame, IncludeObject include)
      : frame_(frame), common_(FormatRfc3339(frame.created)), include_(include) {}

  void AppendSingle(std::string& out, const Item& item) override {
    AppendHead(out);
    AppendItem(out, item);
    out += "]}";
  }
  void AppendHead(std::string& out) const override;
  void AppendItem(std::string& out, const Item& item) override;
  std::string_view ItemsMember() const override { return "rows"; }

 private:
  void AppendObject(std::string& out, const Item& item);

  AnswerFrame frame_;
  CommonText common_;
  IncludeObject include_;
};

void TableShape::AppendHead(std::string& out) const {
  struct Column {
    std::string_view name, format, description;
  };
  // Always all of them: metrics-server takes them from the first row and has none without rows.
  static constexpr Column kColumns[] = {{"Name", "name", "Name of the resource"},
                                        {"cpu", "quantity", ""},
                                        {"memory", "quantity", ""},
                                        {"Window", "duration", ""}};
  JsonObjectWriter table(out);
  AppendTypeMeta(table, {.kind = "Table", .api_version = frame_.meta_api_version});
  table.Key("metadata") += "{}";
  table.Key("columnDefinitions") += '[';
  for (const Column& column : kColumns) {
    if (&column != kColumns) out += ',';
    JsonObjectWriter definition(out);
    definition.Text("name", column.name);
    definition.Text("type", "string");
    definition.Text("format", column.format);
    definition.Text("description", column.description);
    definition.Number("priority", 0);
    definition.End();
  }
  out += ']';
  table.Key("rows") += '[';
}

void TableShape::AppendItem(std::string& out, const Item& item) {
  const store::Usage total = Total(item);
  JsonObjectWriter row(out);
  row.Key("cells") += '[';
  AppendJsonString(out, item.meta.name);
  out += ",\"";
  objects::AppendNanocores(out, total.cpu_nanocores);
  out += "\",\"";
  objects::AppendBytes(out, total.memory_bytes);
  out += "\",\"";
  out += FormatGoDuration(item.window);
  out += "\"]";
  AppendObject(row.Key("object"), item);
  row.End();
}

void TableShape::AppendObject(std::string& out, const Item& item) {
  switch (include_) {
    case IncludeObject::kNone:
      out += "null";
      return;
    case IncludeObject::kMetadata:
      return AppendPartial(out, frame_.meta_api_version, item, common_);
    case IncludeObject::kObject:
      return AppendMetrics(out, {.kind = frame_.kind, .api_version = frame_.api_version}, item,
                           common_);
  }
}

}  // namespace

std::unique_ptr<JsonShape> MakeMetricsShape(const AnswerFrame& frame) {
  return std::make_unique<MetricsShape>(frame);
}

std::unique_ptr<JsonShape> MakeMetadataShape(const AnswerFrame& frame) {
  return std::make_unique<MetadataShape>(frame);
}

std::unique_ptr<JsonShape> MakeTableShape(const AnswerFrame& frame, IncludeObject include) {
  return std::make_unique<TableShape>(frame, include);
}

}  // namespace mpl::handlers
