// What informers of metadata, of whole objects and of Nodes and Pods do differently: what they
// accept, and how pages and frames become objects. Internal to kube/client.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/http/message.h"
#include "kube/machinery/watch_decoder.h"
#include "kube/objects/core_objects.h"
#include "kube/objects/meta.h"
#include "kube/objects/protobuf_meta.h"

namespace mpl::client {

template <class T>
struct WatchItem {
  machinery::WatchType type = machinery::WatchType::kAdded;
  std::shared_ptr<const T> object;  // null for an error
  std::optional<Error> error;       // what an ERROR event says
};

// `T` is one of the types below.
template <class T>
struct Codec {
  // Accept headers. Protobuf first where `T` can be read from it, then JSON. For metadata, whole
  // objects are taken from a server that knows nothing less.
  static const char* AcceptList();
  static const char* AcceptWatch();

  // Hands over the items of a page. kMalformed when the body is not what was asked for.
  static Result<objects::ListMeta> DecodePage(
      const objects::Resource& resource, const http::Response& response,
      const std::function<void(std::shared_ptr<const T>)>& on_item);
  static Result<WatchItem<T>> DecodeFrame(machinery::Framing framing, std::string_view frame);
};

extern template struct Codec<objects::MetaObject>;
extern template struct Codec<objects::JsonObject>;
extern template struct Codec<objects::NodeObject>;
extern template struct Codec<objects::PodObject>;

}  // namespace mpl::client
