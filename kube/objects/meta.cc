#include "kube/objects/meta.h"

#include "kube/base/text.h"

namespace mpl::objects {
namespace {

// Reads fields of `metadata` one after another and remembers the first fault.
class MetadataReader {
 public:
  explicit MetadataReader(const Json& metadata) : metadata_(metadata) {}

  void Text(const char* field, std::string& target) {
    const Json* value = Find(field);
    if (value == nullptr) return;
    if (!value->is_string()) return WrongType(field, "a string", *value);
    target = value->get_ref<const std::string&>();
  }

  void Number(const char* field, std::int64_t& target) {
    const Json* value = Find(field);
    if (value == nullptr) return;
    if (!value->is_number_integer()) return WrongType(field, "an integer", *value);
    target = value->get<std::int64_t>();
  }

  void Time(const char* field, std::optional<TimePoint>& target) {
    std::string text;
    Text(field, text);
    if (text.empty()) return;
    target = ParseRfc3339(text);
    if (!target) SetFault(std::string(field) + ": \"" + text + "\" is not an RFC 3339 time");
  }

  void Map(const char* field, Labels& target) {
    const Json* value = Find(field);
    if (value == nullptr) return;
    if (!value->is_object()) return WrongType(field, "an object", *value);
    for (const auto& [key, text] : value->items()) {
      if (!text.is_string()) return WrongType(field + ("[" + key + "]"), "a string", text);
      target.emplace(key, text.get_ref<const std::string&>());
    }
  }

  const std::optional<Error>& fault() const { return fault_; }

 private:
  // Null counts as missing, as it does in Go.
  const Json* Find(const char* field) const {
    const auto found = metadata_.find(field);
    return found == metadata_.end() || found->is_null() ? nullptr : &*found;
  }

  void WrongType(const std::string& field, const char* wanted, const Json& value) {
    SetFault(field + ": must be " + wanted + ", is " + value.type_name());
  }

  void SetFault(const std::string& text) {
    if (!fault_) fault_ = Error{ErrorKind::kMalformed, "metadata." + text};
  }

  const Json& metadata_;
  std::optional<Error> fault_;
};

}  // namespace

std::string Resource::Path(std::string_view ns) const {
  std::string path = group.empty() ? "/api/" + version : "/apis/" + group + "/" + version;
  if (!ns.empty()) path += "/namespaces/" + PercentEncode(ns);
  return path + "/" + plural;
}

std::string Resource::Path(std::string_view ns, std::string_view name) const {
  return Path(ns) + "/" + PercentEncode(name);
}

// https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
bool EndsInitialEvents(const ObjectMeta& bookmark) {
  const auto found = bookmark.annotations.find("k8s.io/initial-events-end");
  return found != bookmark.annotations.end() && found->second == "true";
}

Result<ObjectMeta> ParseObjectMeta(const Json& object) {
  if (!object.is_object()) {
    return Fail(ErrorKind::kMalformed,
                std::string("object: must be a JSON object, is ") + object.type_name());
  }
  ObjectMeta meta;
  const auto found = object.find("metadata");
  if (found == object.end() || found->is_null()) return meta;
  if (!found->is_object()) {
    return Fail(ErrorKind::kMalformed,
                std::string("metadata: must be an object, is ") + found->type_name());
  }
  MetadataReader reader(*found);
  reader.Text("name", meta.name);
  reader.Text("namespace", meta.ns);
  reader.Text("uid", meta.uid);
  reader.Text("resourceVersion", meta.resource_version);
  reader.Number("generation", meta.generation);
  reader.Time("creationTimestamp", meta.creation_timestamp);
  reader.Time("deletionTimestamp", meta.deletion_timestamp);
  reader.Map("labels", meta.labels);
  reader.Map("annotations", meta.annotations);
  if (const auto& fault = reader.fault()) return std::unexpected(*fault);
  return meta;
}

}  // namespace mpl::objects
