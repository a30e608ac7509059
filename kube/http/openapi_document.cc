#include "kube/http/openapi_document.h"

#include <array>
#include <cctype>
#include <string_view>

namespace mpl::http {
namespace {

using objects::Json;

enum class Dialect { kV2, kV3 };

constexpr std::string_view kSchemaPrefix = "#/components/schemas/";
constexpr std::string_view kDefinitionPrefix = "#/definitions/";
constexpr const char* kKindExtension = "x-kubernetes-group-version-kind";

struct QueryParameter {
  std::string_view name;
  std::string_view type;
  std::string_view description;
};

constexpr QueryParameter kPretty = {
    "pretty", "string", "\"true\" asks for indented JSON. Curl, Wget and browsers get it anyway."};

constexpr std::array kListParameters = {
    kPretty,
    QueryParameter{"labelSelector", "string",
                   "Only objects whose labels match, such as \"app=web,tier in (a,b),!legacy\"."},
    QueryParameter{"fieldSelector", "string",
                   "Only objects whose metadata.name or metadata.namespace match, such as "
                   "\"metadata.name!=web-0\". Other fields are not known."},
    QueryParameter{"limit", "integer", "Accepted and of no effect: a list is always whole."},
    QueryParameter{"continue", "string", "Accepted and of no effect: a list is always whole."},
    QueryParameter{"resourceVersion", "string",
                   "Accepted and of no effect: values have no versions."},
    QueryParameter{"timeoutSeconds", "integer", "Accepted and of no effect."}};

std::string Capitalized(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

// "metrics.k8s.io" → "metrics"
std::string ShortGroup(const OpenApiGroupVersion& version) {
  return version.group.substr(0, version.group.find('.'));
}

Json KindOf(const OpenApiGroupVersion& version, const std::string& kind) {
  return {{"group", version.group}, {"version", version.version}, {"kind", kind}};
}

Json Reference(const std::string& schema, Dialect dialect) {
  const auto prefix = dialect == Dialect::kV3 ? kSchemaPrefix : kDefinitionPrefix;
  return {{"$ref", std::string(prefix) + schema}};
}

Json Parameter(std::string_view in, const QueryParameter& parameter, Dialect dialect) {
  Json json = {{"name", parameter.name}, {"in", in}, {"description", parameter.description}};
  if (in == "path") json["required"] = true;
  if (dialect == Dialect::kV3) {
    json["schema"] = {{"type", parameter.type}, {"uniqueItems", true}};
  } else {
    json["type"] = parameter.type;
    json["uniqueItems"] = true;
  }
  return json;
}

Json OkAnswer(const OpenApiInfo& info, const std::string& schema, Dialect dialect) {
  Json answer = {{"description", "OK"}};
  if (dialect == Dialect::kV2) {
    answer["schema"] = Reference(schema, dialect);
    return answer;
  }
  for (const std::string& type : info.media_types) {
    answer["content"][type] = {{"schema", Reference(schema, dialect)}};
  }
  return answer;
}

// Writes the paths of one version.
class PathWriter {
 public:
  PathWriter(const OpenApiInfo& info, const OpenApiGroupVersion& version, Dialect dialect,
             Json& paths)
      : info_(info), version_(version), dialect_(dialect), paths_(paths) {}

  void Add(const OpenApiResource& resource) {
    const std::string root = "/" + OpenApiKey(version_) + "/";
    if (!resource.namespaced) {
      AddList(root + resource.plural, resource, "");
      AddGet(root + resource.plural + "/{name}", resource);
      return;
    }
    const std::string in_namespace = root + "namespaces/{namespace}/" + resource.plural;
    AddList(root + resource.plural, resource, "ForAllNamespaces");
    AddList(in_namespace, resource, "");
    AddGet(in_namespace + "/{name}", resource);
  }

 private:
  void AddList(const std::string& path, const OpenApiResource& resource, std::string_view suffix) {
    Json operation = Operation(resource, "list", path, suffix);
    operation["responses"]["200"] = OkAnswer(info_, resource.list_schema, dialect_);
    for (const auto& parameter : kListParameters) {
      operation["parameters"].push_back(Parameter("query", parameter, dialect_));
    }
    Put(path, std::move(operation));
  }

  void AddGet(const std::string& path, const OpenApiResource& resource) {
    Json operation = Operation(resource, "get", path, "");
    operation["responses"]["200"] = OkAnswer(info_, resource.schema, dialect_);
    operation["parameters"].push_back(Parameter("query", kPretty, dialect_));
    Put(path, std::move(operation));
  }

  Json Operation(const OpenApiResource& resource, const std::string& action,
                 const std::string& path, std::string_view suffix) const {
    const bool in_namespace = path.find("{namespace}") != std::string::npos;
    const std::string id = (action == "get" ? "read" : action) + Capitalized(ShortGroup(version_)) +
                           Capitalized(version_.version) + (in_namespace ? "Namespaced" : "") +
                           resource.kind + std::string(suffix);
    Json operation = {
        {"description", (action == "get" ? "read one " : "list all ") + resource.kind},
        {"operationId", id},
        {"tags", Json::array({ShortGroup(version_) + "_" + version_.version})},
        {"responses", {{"401", {{"description", "Unauthorized"}}}}},
        {"x-kubernetes-action", action},
        {kKindExtension, KindOf(version_, resource.kind)}};
    if (dialect_ == Dialect::kV2) operation["produces"] = info_.media_types;
    return operation;
  }

  void Put(const std::string& path, Json operation) {
    Json& item = paths_[path];
    item["get"] = std::move(operation);
    for (const QueryParameter& parameter :
         {QueryParameter{"namespace", "string", "The namespace of the object."},
          QueryParameter{"name", "string", "The name of the object."}}) {
      if (path.find("{" + std::string(parameter.name) + "}") == std::string::npos) continue;
      item["parameters"].push_back(Parameter("path", parameter, dialect_));
    }
  }

  const OpenApiInfo& info_;
  const OpenApiGroupVersion& version_;
  Dialect dialect_;
  Json& paths_;
};

// The description's schemas with their kinds.
Json SchemasOf(const OpenApiGroupVersion& version) {
  Json schemas = version.schemas;
  for (const OpenApiResource& resource : version.resources) {
    schemas[resource.schema][kKindExtension] = Json::array({KindOf(version, resource.kind)});
    schemas[resource.list_schema][kKindExtension] =
        Json::array({KindOf(version, resource.kind + "List")});
  }
  return schemas;
}

void ToV2(Json& schema) {
  if (schema.is_array()) {
    for (Json& element : schema) ToV2(element);
  }
  if (!schema.is_object()) return;
  for (const char* combined : {"oneOf", "allOf"}) {
    const auto alternatives = schema.find(combined);
    if (alternatives == schema.end()) continue;
    const Json first = alternatives->at(0);
    schema.erase(alternatives);
    schema.update(first);
  }
  for (auto& [name, value] : schema.items()) {
    if (name == "$ref" && value.is_string()) {
      const auto target = value.get<std::string>();
      value = std::string(kDefinitionPrefix) + target.substr(kSchemaPrefix.size());
    } else {
      ToV2(value);
    }
  }
}

Json InfoOf(const OpenApiInfo& info) { return {{"title", info.title}, {"version", info.version}}; }

}  // namespace

std::string OpenApiKey(const OpenApiGroupVersion& group_version) {
  return "apis/" + group_version.group + "/" + group_version.version;
}

Json OpenApiV3(const OpenApiInfo& info, const OpenApiGroupVersion& group_version) {
  Json paths = Json::object();
  PathWriter writer(info, group_version, Dialect::kV3, paths);
  for (const OpenApiResource& resource : group_version.resources) writer.Add(resource);
  return {{"openapi", "3.0.0"},
          {"info", InfoOf(info)},
          {"paths", std::move(paths)},
          {"components", {{"schemas", SchemasOf(group_version)}}}};
}

Json OpenApiV2(const OpenApiInfo& info, std::span<const OpenApiGroupVersion> versions) {
  Json paths = Json::object();
  Json definitions = Json::object();
  for (const OpenApiGroupVersion& version : versions) {
    PathWriter writer(info, version, Dialect::kV2, paths);
    for (const OpenApiResource& resource : version.resources) writer.Add(resource);
    Json schemas = SchemasOf(version);
    ToV2(schemas);
    definitions.update(schemas);
  }
  return {{"swagger", "2.0"},
          {"info", InfoOf(info)},
          {"paths", std::move(paths)},
          {"definitions", std::move(definitions)}};
}

}  // namespace mpl::http
