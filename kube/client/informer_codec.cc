#include "kube/client/informer_codec.h"

#include <type_traits>

#include "kube/objects/fields.h"

namespace mpl::client {
namespace {

using machinery::Framing;
using machinery::WatchType;
using objects::Json;
using objects::JsonObject;
using objects::ListMeta;
using objects::MetaObject;
using objects::NodeObject;
using objects::PodObject;

constexpr std::string_view kProtobuf = "application/vnd.kubernetes.protobuf";

template <class T>
constexpr bool kOverProtobuf = !std::is_same_v<T, JsonObject>;

Result<MetaObject> ReadJson(std::type_identity<MetaObject>, const Json& json) {
  auto meta = objects::ParseObjectMeta(json);
  if (!meta) return std::unexpected(meta.error());
  return MetaObject{*std::move(meta)};
}

Result<JsonObject> ReadJson(std::type_identity<JsonObject>, Json json) {
  auto meta = objects::ParseObjectMeta(json);
  if (!meta) return std::unexpected(meta.error());
  if (json.contains("metadata") && json["metadata"].is_object()) {
    json["metadata"].erase("managedFields");
  }
  return JsonObject{*std::move(meta), std::move(json)};
}

Result<NodeObject> ReadJson(std::type_identity<NodeObject>, const Json& json) {
  return objects::ReadJsonNode(json);
}

Result<PodObject> ReadJson(std::type_identity<PodObject>, const Json& json) {
  return objects::ReadJsonPod(json);
}

Result<MetaObject> ReadProtobuf(std::type_identity<MetaObject>, std::string_view raw) {
  auto meta = objects::ReadProtobufMeta(raw);
  if (!meta) return std::unexpected(std::move(meta.error()));
  return MetaObject{*std::move(meta)};
}

Result<NodeObject> ReadProtobuf(std::type_identity<NodeObject>, std::string_view raw) {
  return objects::ReadProtobufNode(raw);
}

Result<PodObject> ReadProtobuf(std::type_identity<PodObject>, std::string_view raw) {
  return objects::ReadProtobufPod(raw);
}

template <class T>
Result<std::shared_ptr<const T>> FromJson(Json&& json) {
  auto object = ReadJson(std::type_identity<T>(), std::move(json));
  if (!object) return std::unexpected(std::move(object.error()));
  return std::make_shared<const T>(*std::move(object));
}

template <class T>
Result<std::shared_ptr<const T>> FromProtobuf(std::string_view raw) {
  auto object = ReadProtobuf(std::type_identity<T>(), raw);
  if (!object) return std::unexpected(std::move(object.error()));
  return std::make_shared<const T>(*std::move(object));
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
    meta.resource_version = objects::TextIn(metadata, "resourceVersion");
    meta.continue_token = objects::TextIn(metadata, "continue");
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

template <class T>
Result<WatchItem<T>> DecodeProtobufFrame(std::string_view frame) {
  const auto event = objects::ReadProtobufWatchEvent(frame);
  if (!event) return std::unexpected(event.error());
  const auto type = machinery::ParseWatchType(event->type);
  if (!type) return std::unexpected(type.error());
  WatchItem<T> item{.type = *type, .object = nullptr, .error = std::nullopt};
  if (*type == WatchType::kError) {
    item.error = machinery::ErrorOfProtobufWatchEvent(event->object);
    return item;
  }
  const auto opened = objects::OpenProtobufEnvelope(event->object);
  if (!opened) return std::unexpected(opened.error());
  auto object = FromProtobuf<T>(opened->raw);
  if (!object) return Within("watch", object.error());
  item.object = *std::move(object);
  return item;
}

template <class T>
Result<ListMeta> DecodeProtobufPage(const objects::Resource& resource,
                                    const http::Response& response,
                                    const std::function<void(std::shared_ptr<const T>)>& on_item) {
  const auto opened = objects::OpenProtobufEnvelope(response.body);
  if (!opened) return std::unexpected(opened.error());
  auto page = objects::ReadProtobufList(opened->raw, [&](std::string_view raw) -> Result<void> {
    auto object = FromProtobuf<T>(raw);
    if (!object) return std::unexpected(std::move(object.error()));
    on_item(*std::move(object));
    return {};
  });
  if (!page) return Within("list of " + resource.plural, page.error());
  return page;
}

}  // namespace

template <class T>
const char* Codec<T>::AcceptList() {
  if constexpr (std::is_same_v<T, MetaObject>) {
    return "application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,"
           "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
  } else if constexpr (kOverProtobuf<T>) {
    return "application/vnd.kubernetes.protobuf,application/json";
  } else {
    return "application/json";
  }
}

template <class T>
const char* Codec<T>::AcceptWatch() {
  if constexpr (std::is_same_v<T, MetaObject>) {
    return "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,"
           "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
  } else {
    return AcceptList();
  }
}

template <class T>
Result<ListMeta> Codec<T>::DecodePage(
    const objects::Resource& resource, const http::Response& response,
    const std::function<void(std::shared_ptr<const T>)>& on_item) {
  if constexpr (kOverProtobuf<T>) {
    if (response.headers.Get("Content-Type").starts_with(kProtobuf)) {
      return DecodeProtobufPage<T>(resource, response, on_item);
    }
  }
  return DecodeJsonPage<T>(resource, response, on_item);
}

template <class T>
Result<WatchItem<T>> Codec<T>::DecodeFrame(Framing framing, std::string_view frame) {
  if constexpr (kOverProtobuf<T>) {
    if (framing == Framing::kLengthPrefix) return DecodeProtobufFrame<T>(frame);
  }
  return DecodeJsonFrame<T>(frame);
}

template struct Codec<MetaObject>;
template struct Codec<JsonObject>;
template struct Codec<NodeObject>;
template struct Codec<PodObject>;

}  // namespace mpl::client
