#include "kube/client/informer_codec.h"

namespace mpl::client {
namespace {

using machinery::Framing;
using machinery::WatchType;
using objects::Json;
using objects::JsonObject;
using objects::ListMeta;
using objects::MetaObject;

constexpr std::string_view kProtobuf = "application/vnd.kubernetes.protobuf";

std::string TextOf(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

template <class T>
Result<std::shared_ptr<const T>> FromJson(Json json) {
  auto meta = objects::ParseObjectMeta(json);
  if (!meta) return std::unexpected(meta.error());
  auto object = std::make_shared<T>();
  object->meta = *std::move(meta);
  if constexpr (std::is_same_v<T, JsonObject>) {
    if (json.contains("metadata") && json["metadata"].is_object()) {
      json["metadata"].erase("managedFields");
    }
    object->json = std::move(json);
  }
  return object;
}

template <class T>
Result<ListMeta> DecodeJsonPage(const objects::Resource& resource, const http::Response& response,
                                const std::function<void(std::shared_ptr<const T>)>& on_item) {
  Json page = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (!page.is_object() || !page.contains("items") || !page.contains("metadata")) {
    return Fail(ErrorKind::kMalformed, "list of " + resource.plural + ": the answer is not a list");
  }
  const Json& metadata = page["metadata"];
  ListMeta meta;
  if (metadata.is_object()) {
    meta.resource_version = TextOf(metadata, "resourceVersion");
    meta.continue_token = TextOf(metadata, "continue");
  }
  for (Json& item : page["items"]) {
    // Items of a typed list leave out what the list says already.
    if constexpr (std::is_same_v<T, JsonObject>) {
      if (item.is_object()) {
        item.emplace("apiVersion", resource.ApiVersion());
        item.emplace("kind", resource.kind);
      }
    }
    auto object = FromJson<T>(std::move(item));
    if (!object) return Within("list of " + resource.plural, object.error());
    on_item(*std::move(object));
    item = nullptr;
  }
  return meta;
}

template <class T>
Result<WatchItem<T>> DecodeJsonFrame(std::string_view frame) {
  auto event = machinery::DecodeJsonWatchEvent(frame);
  if (!event) return std::unexpected(event.error());
  WatchItem<T> item{.type = event->type, .object = nullptr, .error = std::nullopt};
  if (event->type == WatchType::kError) {
    item.error = machinery::ErrorOfWatchEvent(event->object);
    return item;
  }
  auto object = FromJson<T>(std::move(event->object));
  if (!object) return Within("watch", object.error());
  item.object = *std::move(object);
  return item;
}

Result<WatchItem<MetaObject>> DecodeProtobufFrame(std::string_view frame) {
  const auto event = objects::ReadProtobufWatchEvent(frame);
  if (!event) return std::unexpected(event.error());
  const auto type = machinery::ParseWatchType(event->type);
  if (!type) return std::unexpected(type.error());
  WatchItem<MetaObject> item{.type = *type, .object = nullptr, .error = std::nullopt};
  if (*type == WatchType::kError) {
    item.error = machinery::ErrorOfProtobufWatchEvent(event->object);
    return item;
  }
  const auto opened = objects::OpenProtobufEnvelope(event->object);
  if (!opened) return std::unexpected(opened.error());
  auto meta = objects::ReadProtobufMeta(opened->raw);
  if (!meta) return std::unexpected(meta.error());
  item.object = std::make_shared<const MetaObject>(MetaObject{*std::move(meta)});
  return item;
}

Result<ListMeta> DecodeProtobufPage(
    const http::Response& response,
    const std::function<void(std::shared_ptr<const MetaObject>)>& on_item) {
  const auto opened = objects::OpenProtobufEnvelope(response.body);
  if (!opened) return std::unexpected(opened.error());
  return objects::ReadProtobufMetaList(opened->raw, [&](objects::ObjectMeta meta) {
    on_item(std::make_shared<const MetaObject>(MetaObject{std::move(meta)}));
  });
}

}  // namespace

template <>
const char* Codec<MetaObject>::AcceptList() {
  return "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
         "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
}

template <>
const char* Codec<MetaObject>::AcceptWatch() {
  return "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
         "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
}

template <>
const char* Codec<JsonObject>::AcceptList() {
  return "application/json";
}

template <>
const char* Codec<JsonObject>::AcceptWatch() {
  return "application/json";
}

template <>
Result<ListMeta> Codec<MetaObject>::DecodePage(
    const objects::Resource& resource, const http::Response& response,
    const std::function<void(std::shared_ptr<const MetaObject>)>& on_item) {
  if (response.headers.Get("Content-Type").starts_with(kProtobuf)) {
    return DecodeProtobufPage(response, on_item);
  }
  return DecodeJsonPage<MetaObject>(resource, response, on_item);
}

template <>
Result<ListMeta> Codec<JsonObject>::DecodePage(
    const objects::Resource& resource, const http::Response& response,
    const std::function<void(std::shared_ptr<const JsonObject>)>& on_item) {
  return DecodeJsonPage<JsonObject>(resource, response, on_item);
}

template <>
Result<WatchItem<MetaObject>> Codec<MetaObject>::DecodeFrame(Framing framing,
                                                             std::string_view frame) {
  return framing == Framing::kLengthPrefix ? DecodeProtobufFrame(frame)
                                           : DecodeJsonFrame<MetaObject>(frame);
}

template <>
Result<WatchItem<JsonObject>> Codec<JsonObject>::DecodeFrame(Framing, std::string_view frame) {
  return DecodeJsonFrame<JsonObject>(frame);
}

}  // namespace mpl::client
