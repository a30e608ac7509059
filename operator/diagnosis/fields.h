// Reading a JSON object whose shape nobody has promised: what is missing or of another type is
// empty.
#pragma once

#include <string>

#include "kube/objects/meta.h"

namespace mpl::diagnosis {

using objects::Json;

// The text at a JSON pointer (RFC 6901), such as "/metadata/name".
inline std::string TextAt(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : "";
}

// The list or object there; an empty list when there is none.
inline Json ListAt(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_structured() ? object[at] : Json::array();
}

}  // namespace mpl::diagnosis
