#include "collector/handlers/protobuf_answer.h"

#include <algorithm>
#include <array>
#include <protozero/pbf_writer.hpp>
#include <string_view>

#include "collector/handlers/metadata_tail.h"
#include "kube/objects/protobuf_write.h"
#include "kube/objects/quantity.h"

namespace mpl::handlers {
namespace {

using protozero::pbf_tag_type;
using protozero::pbf_writer;

// metav1.Time{1: seconds, 2: nanos}: parts of a second are never sent, in any representation.
void AddTime(pbf_writer& parent, pbf_tag_type field, TimePoint time) {
  pbf_writer writer(parent, field);
  writer.add_int64(1, std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

// The bytes of a short message whose fields are all texts of at most 127 bytes: tags and lengths
// take one byte each, so nothing has to be moved when a length is known at last.
class ShortMessage {
 public:
  // Field `number` from 1 to 15.
  void Text(unsigned number, std::string_view text) {
    Head(number, text.size());
    end_ = std::copy(text.begin(), text.end(), end_);
  }
  // A message within, of one text in field 1.
  void Boxed(unsigned number, std::string_view text) {
    Head(number, text.size() + 2);
    Text(1, text);
  }
  const char* data() const { return bytes_.data(); }
  std::size_t size() const { return static_cast<std::size_t>(end_ - bytes_.data()); }

 private:
  void Head(unsigned number, std::size_t size) {
    *end_++ = static_cast<char>(number << 3U | 2U);
    *end_++ = static_cast<char>(size);
  }

  std::array<char, 64> bytes_;
  char* end_ = bytes_.data();
};

// One entry of map<string, Quantity>, Quantity{1: string}; `write` writes the quantity.
template <class Write>
void AddQuantity(pbf_writer& parent, pbf_tag_type field, std::string_view resource, Write write) {
  std::array<char, objects::kQuantityBytes> text;
  const char* const end = write(text.data());
  ShortMessage entry;
  entry.Text(1, resource);
  entry.Boxed(2, std::string_view(text.data(), end));
  parent.add_bytes(field, entry.data(), entry.size());
}

void AddUsage(pbf_writer& parent, pbf_tag_type field, const store::Usage& usage) {
  AddQuantity(parent, field, "cpu",
              [&](char* at) { return objects::WriteNanocores(at, usage.cpu_nanocores); });
  AddQuantity(parent, field, "memory",
              [&](char* at) { return objects::WriteBytes(at, usage.memory_bytes); });
  if (usage.swap_bytes) {
    AddQuantity(parent, field, "swap",
                [&](char* at) { return objects::WriteBytes(at, *usage.swap_bytes); });
  }
}

// A message is written on its own and then copied into the one around it: its length stands before
// it, and what is moved to make room for that is more.
class ItemBytes {
 public:
  explicit ItemBytes(TimePoint created) : created_(created) {}

  // PartialObjectMetadata{1: metadata}
  std::string_view Partial(const Item& item) {
    item_.clear();
    pbf_writer writer(item_);
    AddMetadata(writer, item.meta);
    return item_;
  }
  // NodeMetrics{1: metadata, 2: timestamp, 3: window, 4: usage}, PodMetrics{…, 4: containers},
  // ContainerMetrics{1: name, 2: usage}, metav1.Duration{1: nanoseconds}
  std::string_view Metrics(const Item& item) {
    item_.clear();
    pbf_writer writer(item_);
    AddMetadata(writer, item.meta);
    AddTime(writer, 2, item.timestamp);
    part_.clear();
    pbf_writer(part_).add_int64(1, item.window.count());
    writer.add_message(3, part_);
    if (item.usage != nullptr) AddUsage(writer, 4, *item.usage);
    for (const store::ContainerUsage& container : item.containers) {
      part_.clear();
      pbf_writer entry(part_);
      entry.add_string(1, container.name);
      AddUsage(entry, 2, container.usage);
      writer.add_message(4, part_);
    }
    return item_;
  }

 private:
  // metav1.ObjectMeta{1: name, 3: namespace, 8: creationTimestamp, 11: labels}
  void AddMetadata(pbf_writer& object, const ItemMeta& meta) {
    part_.clear();
    pbf_writer(part_).add_string(1, meta.name);
    part_ += tail_.Of(meta, [&](std::string& bytes) { AppendTail(bytes, meta); });
    object.add_message(1, part_);
  }
  void AppendTail(std::string& bytes, const ItemMeta& meta) const {
    pbf_writer writer(bytes);
    if (!meta.ns.empty()) writer.add_string(3, meta.ns);
    AddTime(writer, 8, created_);
    for (const auto& [key, value] : meta.labels) {
      pbf_writer entry(writer, 11);
      entry.add_string(1, key);
      entry.add_string(2, value);
    }
  }

  TimePoint created_;
  MetadataTail tail_;
  std::string item_, part_;
};

// What the two kinds of answers have in common. A list's own metadata is empty, and left out.
class ProtobufAnswer : public AnswerWriter {
 public:
  void Single(std::string& out, const Item& item) override {
    const std::string_view raw = BytesOf(item);
    objects::AppendProtobufEnvelope(out, api_version_, kind_, raw.size());
    out += raw;
  }
  bool LengthFirst() const override { return true; }
  void Begin(std::string& out, std::size_t item_bytes) override {
    objects::AppendProtobufEnvelope(out, api_version_, kind_ + "List", item_bytes);
  }
  void Append(std::string& out, const Item& item) override {
    const std::string_view bytes = BytesOf(item);
    pbf_writer(out).add_message(items_field_, bytes.data(), bytes.size());
  }
  void End(std::string&) override {}

 protected:
  ProtobufAnswer(std::string kind, std::string api_version, pbf_tag_type items_field)
      : kind_(std::move(kind)), api_version_(std::move(api_version)), items_field_(items_field) {}
  // Good until the next call.
  virtual std::string_view BytesOf(const Item& item) = 0;

 private:
  std::string kind_, api_version_;
  pbf_tag_type items_field_;
};

class MetricsAnswer final : public ProtobufAnswer {
 public:
  explicit MetricsAnswer(const AnswerFrame& frame)
      : ProtobufAnswer(frame.kind, frame.api_version, 2), bytes_(frame.created) {}

 private:
  std::string_view BytesOf(const Item& item) override { return bytes_.Metrics(item); }
  ItemBytes bytes_;
};

class MetadataAnswer final : public ProtobufAnswer {
 public:
  // meta/v1beta1 numbers the fields of its list the other way round.
  explicit MetadataAnswer(const AnswerFrame& frame)
      : ProtobufAnswer("PartialObjectMetadata", frame.meta_api_version,
                       frame.meta_api_version == "meta.k8s.io/v1beta1" ? 1 : 2),
        bytes_(frame.created) {}

 private:
  std::string_view BytesOf(const Item& item) override { return bytes_.Partial(item); }
  ItemBytes bytes_;
};

}  // namespace

std::unique_ptr<AnswerWriter> MakeProtobufMetricsAnswer(const AnswerFrame& frame) {
  return std::make_unique<MetricsAnswer>(frame);
}

std::unique_ptr<AnswerWriter> MakeProtobufMetadataAnswer(const AnswerFrame& frame) {
  return std::make_unique<MetadataAnswer>(frame);
}

}  // namespace mpl::handlers
