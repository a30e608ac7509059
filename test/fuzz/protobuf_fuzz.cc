// Kubernetes' protobuf: metadata, lists, watch events, statuses. What was read is written by the
// library's own writer, and must read back as the same; a list's items are what they are alone.
#include <protozero/pbf_writer.hpp>
#include <vector>

#include "kube/objects/protobuf_meta.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using objects::ObjectMeta;
using protozero::pbf_writer;

void WriteTime(pbf_writer& to, protozero::pbf_tag_type field,
               const std::optional<TimePoint>& time) {
  if (!time) return;
  const auto second = std::chrono::floor<std::chrono::seconds>(*time);
  pbf_writer writer(to, field);
  writer.add_int64(1, second.time_since_epoch().count());
  writer.add_int32(2, static_cast<std::int32_t>((*time - second).count()));
}

void WriteMap(pbf_writer& to, protozero::pbf_tag_type field, const objects::Labels& labels) {
  for (const auto& [key, value] : labels) {
    pbf_writer writer(to, field);
    writer.add_string(1, key);
    writer.add_string(2, value);
  }
}

std::string Write(const ObjectMeta& meta) {
  std::string object;
  pbf_writer whole(object);
  {
    pbf_writer writer(whole, 1);
    writer.add_string(1, meta.name);
    writer.add_string(3, meta.ns);
    writer.add_string(5, meta.uid);
    writer.add_string(6, meta.resource_version);
    writer.add_int64(7, meta.generation);
    WriteTime(writer, 8, meta.creation_timestamp);
    WriteTime(writer, 9, meta.deletion_timestamp);
    WriteMap(writer, 11, meta.labels);
    WriteMap(writer, 12, meta.annotations);
  }
  return object;
}

bool Same(const ObjectMeta& a, const ObjectMeta& b) {
  return a.name == b.name && a.ns == b.ns && a.uid == b.uid &&
         a.resource_version == b.resource_version && a.generation == b.generation &&
         a.creation_timestamp == b.creation_timestamp &&
         a.deletion_timestamp == b.deletion_timestamp && a.labels == b.labels &&
         a.annotations == b.annotations;
}

bool Within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// As a list of bare metadata is read (kube/client).
Result<objects::ListMeta> ReadMetaList(std::string_view raw,
                                       const std::function<void(ObjectMeta)>& on_item) {
  return objects::ReadProtobufList(raw, [&](std::string_view item) -> Result<void> {
    auto meta = objects::ReadProtobufMeta(item);
    if (!meta) return std::unexpected(meta.error());
    on_item(*std::move(meta));
    return {};
  });
}

void CheckRaw(std::string_view raw) {
  if (const auto meta = objects::ReadProtobufMeta(raw)) {
    const auto again = objects::ReadProtobufMeta(Write(*meta));
    Require(again && Same(*again, *meta), "metadata reads back");
  }
  std::vector<ObjectMeta> items;
  const auto list = ReadMetaList(raw, [&](ObjectMeta meta) { items.push_back(std::move(meta)); });
  if (list) {
    std::string written;
    pbf_writer writer(written);
    for (const ObjectMeta& item : items) writer.add_message(2, Write(item));
    std::size_t next = 0;
    const auto again = ReadMetaList(written, [&](const ObjectMeta& item) {
      Require(next < items.size() && Same(item, items[next]), "an item reads back");
      ++next;
    });
    Require(again && next == items.size(), "a list reads back");
  }
  if (const auto status = objects::ReadProtobufStatus(raw)) {
    Require(!status->ToError().message.empty(), "a failure says something");
  }
}

}  // namespace

void Check(std::string_view input) {
  CheckRaw(input);
  if (const auto object = objects::OpenProtobufEnvelope(input)) {
    Require(Within(object->raw, input), "an envelope's content lies in it");
    CheckRaw(object->raw);
  }
  if (const auto event = objects::ReadProtobufWatchEvent(input)) {
    Require(Within(event->object, input), "an event's object lies in it");
    if (const auto object = objects::OpenProtobufEnvelope(event->object)) CheckRaw(object->raw);
  }
}

}  // namespace mpl::fuzz
