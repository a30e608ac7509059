// Reads the metadata of objects out of Kubernetes' protobuf, without ever holding a whole list.
//
// Every body and every watch frame is wrapped: four bytes "k8s\0", then runtime.Unknown{1:
// TypeMeta, 2: raw}. Field numbers: k8s.io/apimachinery pkg/runtime/generated.proto and
// pkg/apis/meta/v1/generated.proto. managedFields are skipped unread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/objects/meta.h"
#include "kube/objects/status.h"

namespace mpl::objects {

// A view into the envelope; valid as long as the bytes it was read from.
struct ProtobufObject {
  std::string api_version;
  std::string kind;
  std::string_view raw;
};

// All of these: kMalformed on bytes that are cut off or not what they should be.
Result<ProtobufObject> OpenProtobufEnvelope(std::string_view bytes);

// `raw` is a PartialObjectMetadata, or any object: field 1 is ObjectMeta in all of them.
Result<ObjectMeta> ReadProtobufMeta(std::string_view raw);

struct ListMeta {
  std::string resource_version;
  std::string continue_token;  // empty: this was the last page
};
// Hands over the items of a list (PodList, PartialObjectMetadataList, …: field 2 in all of them)
// one by one, in order, and ends with the first error that `on_item` answers.
Result<ListMeta> ReadProtobufList(
    std::string_view raw, const std::function<Result<void>(std::string_view raw_item)>& on_item);

// What one watch frame (after its length) holds.
struct ProtobufWatchEvent {
  std::string type;         // "ADDED", "BOOKMARK", …
  std::string_view object;  // enveloped
};
Result<ProtobufWatchEvent> ReadProtobufWatchEvent(std::string_view frame);

// What an ERROR event carries. `raw` is a metav1.Status.
Result<Status> ReadProtobufStatus(std::string_view raw);

}  // namespace mpl::objects
