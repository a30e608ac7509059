#include "kube/objects/fields.h"

namespace mpl::objects {

std::string TextIn(const Json& object, const std::string& member) {
  if (!object.is_object()) return {};
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string TextAt(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_string() ? object[at].get<std::string>() : "";
}

Json ListAt(const Json& object, const char* pointer) {
  const Json::json_pointer at(pointer);
  return object.contains(at) && object[at].is_structured() ? object[at] : Json::array();
}

}  // namespace mpl::objects
