#include "bench/apiserver/form.h"

#include <array>
#include <nlohmann/json.hpp>
#include <protozero/pbf_writer.hpp>

#include "bench/workload/objects_protobuf.h"
#include "kube/http/negotiate.h"
#include "kube/objects/protobuf_write.h"
#include "kube/objects/status.h"

namespace mpl::bench {
namespace {

using objects::Json;
using protozero::pbf_writer;

constexpr const char* kJson = "application/json";
constexpr const char* kProtobuf = "application/vnd.kubernetes.protobuf";
constexpr const char* kInitialEventsEnd = "k8s.io/initial-events-end";

std::string_view TypeText(EventType type) {
  switch (type) {
    case EventType::kAdded:
      return "ADDED";
    case EventType::kModified:
      return "MODIFIED";
    case EventType::kDeleted:
      break;
  }
  return "DELETED";
}

std::vector<std::pair<std::string, std::string>> DataOf(const AuthSettings& settings) {
  return {{"client-ca-file", settings.client_ca},
          {"requestheader-allowed-names", R"(["front-proxy-client"])"},
          {"requestheader-client-ca-file", settings.request_header_ca},
          {"requestheader-extra-headers-prefix", R"(["X-Remote-Extra-"])"},
          {"requestheader-group-headers", R"(["X-Remote-Group"])"},
          {"requestheader-username-headers", R"(["X-Remote-User"])"}};
}

std::string ConfigMapDocument(const Form& form, const ConfigMapRevision& map) {
  Json json = {{"kind", TypeName(form, Kind::kConfigMap)},
               {"apiVersion", ApiVersion(form)},
               {"metadata",
                {{"name", kSettingsName},
                 {"namespace", kSettingsNamespace},
                 {"uid", "00000000-0004-4000-8000-000000000000"},
                 {"resourceVersion", std::to_string(map.version)},
                 {"creationTimestamp", "2026-11-01T08:00:00Z"}}}};
  if (!form.metadata) {
    for (const auto& [key, value] : DataOf(*map.settings)) json["data"][key] = value;
  }
  return json.dump();
}

void AddEntry(pbf_writer& parent, protozero::pbf_tag_type field, std::string_view key,
              std::string_view value) {
  pbf_writer entry(parent, field);
  entry.add_string(1, key.data(), key.size());
  entry.add_string(2, value.data(), value.size());
}

// ConfigMap{1: metadata{1: name, 3: namespace, 5: uid, 6: resourceVersion}, 2: data}
void AppendConfigMapMessage(const Form& form, const ConfigMapRevision& map, std::string& out) {
  pbf_writer object(out);
  {
    pbf_writer meta(object, 1);
    meta.add_string(1, kSettingsName.data(), kSettingsName.size());
    meta.add_string(3, kSettingsNamespace.data(), kSettingsNamespace.size());
    meta.add_string(5, "00000000-0004-4000-8000-000000000000");
    meta.add_string(6, std::to_string(map.version));
  }
  if (form.metadata) return;
  for (const auto& [key, value] : DataOf(*map.settings)) AddEntry(object, 2, key, value);
}

void AppendMessage(const Form& form, const Object& object, std::string& out) {
  if (const auto* node = std::get_if<NodeRevision>(&object)) {
    return form.metadata ? AppendNodeMetadataMessage(*node, out) : AppendNodeMessage(*node, out);
  }
  if (const auto* pod = std::get_if<PodRevision>(&object)) {
    return form.metadata ? AppendPodMetadataMessage(*pod, out) : AppendPodMessage(*pod, out);
  }
  AppendConfigMapMessage(form, std::get<ConfigMapRevision>(object), out);
}

void AppendDocument(const Form& form, const Object& object, std::string& out) {
  if (const auto* node = std::get_if<NodeRevision>(&object)) {
    out += form.metadata ? NodeMetadataObject(*node) : NodeObject(*node);
  } else if (const auto* pod = std::get_if<PodRevision>(&object)) {
    out += form.metadata ? PodMetadataObject(*pod) : PodObject(*pod);
  } else {
    out += ConfigMapDocument(form, std::get<ConfigMapRevision>(object));
  }
}

std::string Enveloped(const Form& form, Kind kind, const std::string& message) {
  std::string out;
  objects::AppendProtobufEnvelope(out, ApiVersion(form), TypeName(form, kind), message.size());
  return out + message;
}

// `object` is a document, or an enveloped message.
void AppendFrame(const Form& form, std::string_view type, std::string_view object,
                 std::string& out) {
  if (!form.protobuf) {
    out.append(R"({"type":")").append(type).append(R"(","object":)").append(object).append("}\n");
    return;
  }
  std::string frame;
  {
    pbf_writer event(frame);
    event.add_string(1, type.data(), type.size());
    pbf_writer raw(event, 2);
    raw.add_bytes(1, object.data(), object.size());
  }
  for (const unsigned shift : {24U, 16U, 8U, 0U}) {
    out += static_cast<char>(frame.size() >> shift & 0xFFU);
  }
  out += frame;
}

}  // namespace

Result<Form> ChooseForm(std::string_view accept, Asked asked) {
  const char* as = asked == Asked::kList ? "PartialObjectMetadataList" : "PartialObjectMetadata";
  const std::array<http::Offer, 4> offers = {{{.media_type = kJson},
                                              {.media_type = kProtobuf},
                                              {kJson, as, "meta.k8s.io", "v1"},
                                              {kProtobuf, as, "meta.k8s.io", "v1"}}};
  http::Headers headers;
  if (!accept.empty()) headers.Add("Accept", std::string(accept));
  const auto chosen = http::Negotiate(headers, offers);
  if (!chosen) return std::unexpected(chosen.error());
  return Form{.protobuf = *chosen % 2 == 1, .metadata = *chosen >= 2};
}

std::string_view ContentType(const Form& form, Asked asked) {
  if (!form.protobuf) return kJson;
  return asked == Asked::kWatch ? "application/vnd.kubernetes.protobuf;stream=watch" : kProtobuf;
}

std::string TypeName(const Form& form, Kind kind, std::string_view list) {
  return std::string(form.metadata ? "PartialObjectMetadata" : KindName(kind)).append(list);
}

std::string_view ApiVersion(const Form& form) { return form.metadata ? "meta.k8s.io/v1" : "v1"; }

void AppendItem(const Form& form, const Object& object, std::string& out) {
  form.protobuf ? AppendMessage(form, object, out) : AppendDocument(form, object, out);
}

std::string WriteObject(const Form& form, const Object& object) {
  std::string item;
  AppendItem(form, object, item);
  return form.protobuf ? Enveloped(form, KindOf(object), item) : item;
}

void AppendEvent(const Form& form, const Event& event, std::string& out) {
  AppendFrame(form, TypeText(event.type), WriteObject(form, event.object), out);
}

void AppendBookmark(const Form& form, const Bookmark& bookmark, std::string& out) {
  const std::string version = std::to_string(bookmark.version);
  if (!form.protobuf) {
    Json json = {{"kind", TypeName(form, bookmark.kind)},
                 {"apiVersion", ApiVersion(form)},
                 {"metadata", {{"resourceVersion", version}, {"creationTimestamp", nullptr}}}};
    if (bookmark.initial_events_end) json["metadata"]["annotations"][kInitialEventsEnd] = "true";
    return AppendFrame(form, "BOOKMARK", json.dump(), out);
  }
  std::string message;
  {
    pbf_writer object(message);
    pbf_writer meta(object, 1);  // ObjectMeta{6: resourceVersion, 12: annotations}
    meta.add_string(6, version);
    if (bookmark.initial_events_end) AddEntry(meta, 12, kInitialEventsEnd, "true");
  }
  AppendFrame(form, "BOOKMARK", Enveloped(form, bookmark.kind, message), out);
}

void AppendErrorEvent(const Form& form, const Error& error, std::string& out) {
  const Json status = objects::WriteStatus(error);
  if (!form.protobuf) return AppendFrame(form, "ERROR", status.dump(), out);
  AppendFrame(form, "ERROR", objects::WriteProtobufStatus(*objects::ParseStatus(status)), out);
}

}  // namespace mpl::bench
