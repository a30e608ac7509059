#include "collector/handlers/protobuf_answer.h"

#include <array>
#include <cstring>
#include <optional>
#include <protozero/pbf_writer.hpp>
#include <ranges>
#include <string_view>
#include <vector>

#include "collector/handlers/backward_writer.h"
#include "collector/handlers/metadata_tail.h"
#include "kube/objects/protobuf_write.h"
#include "kube/objects/quantity.h"

namespace mpl::handlers {
namespace {

using protozero::pbf_tag_type;
using protozero::pbf_writer;

std::int64_t UnixSeconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

// metav1.Time{1: seconds, 2: nanos}: parts of a second are never sent, in any representation.
void AddTime(pbf_writer& parent, pbf_tag_type field, TimePoint time) {
  pbf_writer writer(parent, field);
  writer.add_int64(1, UnixSeconds(time));
}

// No length in an entry of a usage takes more than one byte, so that it can be written forward.
constexpr std::size_t kEntryBytes = 8 + sizeof "memory" + objects::kQuantityBytes;
static_assert(kEntryBytes < 0x80);

// One entry of map<string, Quantity>, Quantity{1: string}; `write` writes the quantity.
template <std::size_t kSize, class Write>
char* WriteEntry(char* at, pbf_tag_type field, const char (&resource)[kSize], Write write) {
  const auto tag = [](pbf_tag_type of) { return static_cast<char>(of << 3U | 2U); };
  const auto length = [](const char* from, const char* to) { return static_cast<char>(to - from); };
  *at++ = tag(field);
  char* const entry = ++at;
  *at++ = tag(1);
  *at++ = static_cast<char>(kSize - 1);
  std::memcpy(at, resource, kSize - 1);
  at += kSize - 1;
  *at++ = tag(2);
  char* const quantity = ++at;
  *at++ = tag(1);
  char* const text = ++at;
  char* const end = write(text);
  entry[-1] = length(entry, end);
  quantity[-1] = length(quantity, end);
  text[-1] = length(text, end);
  return end;
}

void PutUsage(BackwardWriter& to, pbf_tag_type field, const store::Usage& usage) {
  std::array<char, 3 * kEntryBytes> entries;
  char* at = WriteEntry(entries.data(), field, "cpu", [&](char* text) {
    return objects::WriteNanocores(text, usage.cpu_nanocores);
  });
  at = WriteEntry(at, field, "memory",
                  [&](char* text) { return objects::WriteBytes(text, usage.memory_bytes); });
  if (usage.swap_bytes) {
    at = WriteEntry(at, field, "swap",
                    [&](char* text) { return objects::WriteBytes(text, *usage.swap_bytes); });
  }
  to.Bytes(std::string_view(entries.data(), at));
}

// A message of one number: metav1.Time, metav1.Duration{1: nanoseconds}.
void PutNumber(BackwardWriter& to, pbf_tag_type field, std::int64_t value) {
  const char* const end = to.at();
  to.Number(1, value);
  to.Message(field, end);
}

// Enough for what is written of an item.
std::size_t Room(const Item& item, std::string_view tail) {
  constexpr std::size_t kHead = BackwardWriter::kHeadBytes;
  std::size_t room = 8 * kHead + item.meta.name.size() + tail.size() + 3 * kEntryBytes;
  for (const store::ContainerUsage& container : item.containers) {
    room += 2 * kHead + container.name.size() + 3 * kEntryBytes;
  }
  return room;
}

// The bytes of one item. What they are part of may be named: they begin with its field and length
// then.
class ItemBytes {
 public:
  explicit ItemBytes(TimePoint created) : created_(created) {}

  // PartialObjectMetadata{1: metadata}
  std::string_view Partial(const Item& item, std::optional<pbf_tag_type> field) {
    return Backward(item, field, [](BackwardWriter&) {});
  }
  // NodeMetrics{1: metadata, 2: timestamp, 3: window, 4: usage}, PodMetrics{…, 4: containers},
  // ContainerMetrics{1: name, 2: usage}
  std::string_view Metrics(const Item& item, std::optional<pbf_tag_type> field) {
    return Backward(item, field, [&](BackwardWriter& to) {
      for (const store::ContainerUsage& container : item.containers | std::views::reverse) {
        const char* const end = to.at();
        PutUsage(to, 2, container.usage);
        to.Text(1, container.name);
        to.Message(4, end);
      }
      if (item.usage != nullptr) PutUsage(to, 4, *item.usage);
      PutNumber(to, 3, item.window.count());
      PutNumber(to, 2, UnixSeconds(item.timestamp));
    });
  }

 private:
  // `write` puts what follows the metadata. Good until the next call.
  template <class Write>
  std::string_view Backward(const Item& item, std::optional<pbf_tag_type> field, Write write) {
    const std::string_view tail =
        tail_.Of(item.meta, [&](std::string& bytes) { AppendTail(bytes, item.meta); });
    const std::size_t room = Room(item, tail);
    if (room_.size() < room) room_.resize(2 * room);
    char* const end = room_.data() + room_.size();
    BackwardWriter to(end);
    write(to);
    // metav1.ObjectMeta{1: name, 3: namespace, 8: creationTimestamp, 11: labels}
    const char* const metadata_end = to.at();
    to.Bytes(tail);
    to.Text(1, item.meta.name);
    to.Message(1, metadata_end);
    if (field) to.Message(*field, end);
    return {to.at(), end};
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
  std::vector<char> room_;
};

// What the two kinds of answers have in common. A list's own metadata is empty, and left out.
class ProtobufAnswer : public AnswerWriter {
 public:
  void Single(std::string& out, const Item& item) override {
    const std::string_view raw = BytesOf(item, std::nullopt);
    objects::AppendProtobufEnvelope(out, api_version_, kind_, raw.size());
    out += raw;
  }
  bool LengthFirst() const override { return true; }
  void Begin(std::string& out, std::size_t item_bytes) override {
    objects::AppendProtobufEnvelope(out, api_version_, kind_ + "List", item_bytes);
  }
  void Append(std::string& out, const Item& item) override { out += BytesOf(item, items_field_); }
  void End(std::string&) override {}

 protected:
  ProtobufAnswer(std::string kind, std::string api_version, pbf_tag_type items_field)
      : kind_(std::move(kind)), api_version_(std::move(api_version)), items_field_(items_field) {}
  // Good until the next call.
  virtual std::string_view BytesOf(const Item& item, std::optional<pbf_tag_type> field) = 0;

 private:
  std::string kind_, api_version_;
  pbf_tag_type items_field_;
};

class MetricsAnswer final : public ProtobufAnswer {
 public:
  explicit MetricsAnswer(const AnswerFrame& frame)
      : ProtobufAnswer(frame.kind, frame.api_version, 2), bytes_(frame.created) {}

 private:
  std::string_view BytesOf(const Item& item, std::optional<pbf_tag_type> field) override {
    return bytes_.Metrics(item, field);
  }
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
  std::string_view BytesOf(const Item& item, std::optional<pbf_tag_type> field) override {
    return bytes_.Partial(item, field);
  }
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
