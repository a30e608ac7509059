// What an informer of metadata and one of whole objects do differently: what they accept, and how
// pages and frames become objects. Internal to kube/client.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/http/message.h"
#include "kube/machinery/watch_decoder.h"
#include "kube/objects/meta.h"
#include "kube/objects/protobuf_meta.h"

namespace mpl::client {

template <class T>
struct WatchItem {
  machinery::WatchType type = machinery::WatchType::kAdded;
  std::shared_ptr<const T> object;  // null for an error
  std::optional<Error> error;       // what an ERROR event says
};

// `T` is objects::MetaObject or objects::JsonObject.
template <class T>
struct Codec {
  // Accept headers. Metadata: protobuf first, then JSON, then whole objects from a server that
  // knows neither (metadata is taken out of them).
  static const char* AcceptList();
  static const char* AcceptWatch();

  // Hands over the items of a page. kMalformed when the body is not what was asked for.
  static Result<objects::ListMeta> DecodePage(
      const objects::Resource& resource, const http::Response& response,
      const std::function<void(std::shared_ptr<const T>)>& on_item);
  static Result<WatchItem<T>> DecodeFrame(machinery::Framing framing, std::string_view frame);
};

template <>
const char* Codec<objects::MetaObject>::AcceptList();
template <>
const char* Codec<objects::MetaObject>::AcceptWatch();
template <>
Result<objects::ListMeta> Codec<objects::MetaObject>::DecodePage(
    const objects::Resource& resource, const http::Response& response,
    const std::function<void(std::shared_ptr<const objects::MetaObject>)>& on_item);
template <>
Result<WatchItem<objects::MetaObject>> Codec<objects::MetaObject>::DecodeFrame(
    machinery::Framing framing, std::string_view frame);

template <>
const char* Codec<objects::JsonObject>::AcceptList();
template <>
const char* Codec<objects::JsonObject>::AcceptWatch();
template <>
Result<objects::ListMeta> Codec<objects::JsonObject>::DecodePage(
    const objects::Resource& resource, const http::Response& response,
    const std::function<void(std::shared_ptr<const objects::JsonObject>)>& on_item);
template <>
Result<WatchItem<objects::JsonObject>> Codec<objects::JsonObject>::DecodeFrame(
    machinery::Framing framing, std::string_view frame);

}  // namespace mpl::client
