// How objects are written: JSON or protobuf, whole or their metadata alone. Pure.
//
// Protobuf: bodies and the objects in watch frames are runtime.Unknown behind "k8s\0"; a frame is
// four bytes of length and metav1.WatchEvent{1: type, 2: RawExtension{1: raw}}. JSON: a frame is a
// line. Seen in the answers of kube-apiserver 1.36.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/apiserver/object.h"
#include "kube/base/error.h"

namespace mpl::bench {

struct Form {
  bool protobuf = false;
  bool metadata = false;  // as meta.k8s.io/v1 PartialObjectMetadata
  friend bool operator==(const Form&, const Form&) = default;
};

enum class Asked { kObject, kList, kWatch };
// What an Accept header asks for. kNotAcceptable lists what there is.
Result<Form> ChooseForm(std::string_view accept, Asked asked);
std::string_view ContentType(const Form& form, Asked asked);

// The message or document of one object alone; in protobuf without an envelope.
void AppendItem(const Form& form, const Object& object, std::string& out);
// A whole body.
std::string WriteObject(const Form& form, const Object& object);

// "PodList" or "PartialObjectMetadataList", and its apiVersion: what the objects are, `list` the
// suffix of a list or nothing.
std::string TypeName(const Form& form, Kind kind, std::string_view list = {});
std::string_view ApiVersion(const Form& form);

void AppendEvent(const Form& form, const Event& event, std::string& out);
// `initial_events_end`: the one behind the objects that were there at first.
struct Bookmark {
  Kind kind = Kind::kNode;
  std::uint64_t version = 0;
  bool initial_events_end = false;
};
void AppendBookmark(const Form& form, const Bookmark& bookmark, std::string& out);
// The ERROR event after which a watch ends.
void AppendErrorEvent(const Form& form, const Error& error, std::string& out);

}  // namespace mpl::bench
