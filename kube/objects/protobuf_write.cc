#include "kube/objects/protobuf_write.h"

#include <protozero/pbf_writer.hpp>

namespace mpl::objects {
namespace {

using protozero::pbf_writer;

void AddText(pbf_writer& writer, protozero::pbf_tag_type field, const std::string& text) {
  if (!text.empty()) writer.add_string(field, text);
}

// metav1.StatusDetails{1: name, 2: group, 3: kind, 4: causes, 5: retryAfterSeconds, 6: uid}
void AddDetails(pbf_writer& parent, const StatusDetails& details) {
  pbf_writer writer(parent, 5);
  AddText(writer, 1, details.name);
  AddText(writer, 2, details.group);
  AddText(writer, 3, details.kind);
  for (const StatusCause& cause : details.causes) {
    pbf_writer written(writer, 4);  // metav1.StatusCause{1: reason, 2: message, 3: field}
    AddText(written, 1, cause.reason);
    AddText(written, 2, cause.message);
    AddText(written, 3, cause.field);
  }
  if (details.retry_after_seconds > 0) writer.add_int32(5, details.retry_after_seconds);
}

}  // namespace

void AppendProtobufEnvelope(std::string& out, std::string_view api_version, std::string_view kind,
                            std::size_t raw_bytes) {
  out += std::string_view("k8s\0", 4);
  pbf_writer unknown(out);
  {
    pbf_writer type(unknown, 1);  // runtime.TypeMeta{1: apiVersion, 2: kind}
    type.add_string(1, api_version.data(), api_version.size());
    type.add_string(2, kind.data(), kind.size());
  }
  out += static_cast<char>(protozero::tag_and_type(2, protozero::pbf_wire_type::length_delimited));
  protozero::add_varint_to_buffer(&out, raw_bytes);
}

std::string WriteProtobufStatus(const Status& status) {
  std::string raw;
  pbf_writer writer(raw);
  writer.add_string(2, "Failure");
  AddText(writer, 3, status.message);
  AddText(writer, 4, status.reason);
  if (status.details != StatusDetails{}) AddDetails(writer, status.details);
  writer.add_int32(6, status.code);
  std::string out;
  AppendProtobufEnvelope(out, "v1", "Status", raw.size());
  return out + raw;
}

}  // namespace mpl::objects
