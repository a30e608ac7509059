// Reading a JSON object whose shape nobody has promised: what is missing or of another type is
// empty.
#pragma once

#include <string>

#include "kube/objects/meta.h"

namespace mpl::objects {

// The text of a member.
std::string TextIn(const Json& object, const std::string& member);
// The text at a JSON pointer (RFC 6901), such as "/metadata/name".
std::string TextAt(const Json& object, const char* pointer);
// The list or object there; an empty list when there is none.
Json ListAt(const Json& object, const char* pointer);

}  // namespace mpl::objects
