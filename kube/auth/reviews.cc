#include "kube/auth/reviews.h"

#include "kube/base/digest.h"
#include "kube/objects/fields.h"
#include "kube/objects/selector.h"

namespace mpl::auth {
namespace {

// A selector of a mebibyte, from a stranger, would become hundreds of them as JSON.
constexpr std::size_t kMostSelectorBytes = 8U << 10U;

void SetIfAny(Json& json, const char* key, const std::string& value) {
  if (!value.empty()) json[key] = value;
}

bool FlagOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_boolean() && found->get<bool>();
}

std::vector<std::string> TextsOf(const Json& list) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const Json& text : list) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

Json LabelRequirements(const objects::LabelSelector& selector) {
  Json list = Json::array();
  for (const auto& requirement : selector.requirements()) {
    Json json = {{"key", requirement.key}};
    switch (requirement.op) {
      case objects::SelectorOperator::kIn:
        json["operator"] = "In";
        break;
      case objects::SelectorOperator::kNotIn:
        json["operator"] = "NotIn";
        break;
      case objects::SelectorOperator::kExists:
        json["operator"] = "Exists";
        break;
      case objects::SelectorOperator::kDoesNotExist:
        json["operator"] = "DoesNotExist";
        break;
      // The API has no word for them; left out, the question is the wider one.
      case objects::SelectorOperator::kGreaterThan:
      case objects::SelectorOperator::kLessThan:
        continue;
    }
    if (!requirement.values.empty()) json["values"] = requirement.values;
    list.push_back(std::move(json));
  }
  return list;
}

Json FieldRequirements(const objects::FieldSelector& selector) {
  Json list = Json::array();
  for (const auto& requirement : selector.requirements()) {
    list.push_back({{"key", requirement.field},
                    {"operator", requirement.equal ? "In" : "NotIn"},
                    {"values", {requirement.value}}});
  }
  return list;
}

void AddLabelSelector(Json& attributes, const std::string& text) {
  if (text.size() > kMostSelectorBytes) return;
  const auto labels = objects::LabelSelector::Parse(text);
  if (!labels || labels->empty()) return;
  if (Json list = LabelRequirements(*labels); !list.empty()) {
    attributes["labelSelector"]["requirements"] = std::move(list);
  }
}

void AddFieldSelector(Json& attributes, const std::string& text) {
  if (text.size() > kMostSelectorBytes) return;
  const auto fields = objects::FieldSelector::Parse(text);
  if (!fields || fields->empty()) return;
  attributes["fieldSelector"]["requirements"] = FieldRequirements(*fields);
}

// A selector that does not parse or is very long is left out: the question is then the wider one.
// What does not parse fails later with 400.
void AddSelectors(Json& attributes, const http::RequestInfo& info) {
  AddLabelSelector(attributes, info.label_selector);
  AddFieldSelector(attributes, info.field_selector);
}

Json ResourceAttributes(const http::RequestInfo& info) {
  Json attributes = Json::object();
  SetIfAny(attributes, "namespace", info.ns);
  SetIfAny(attributes, "verb", info.verb);
  SetIfAny(attributes, "group", info.group);
  SetIfAny(attributes, "version", info.version);
  SetIfAny(attributes, "resource", info.resource);
  SetIfAny(attributes, "subresource", info.subresource);
  SetIfAny(attributes, "name", info.name);
  AddSelectors(attributes, info);
  return attributes;
}

const Json* StatusOf(const Json& answer) {
  if (!answer.is_object()) return nullptr;
  const auto status = answer.find("status");
  return status != answer.end() && status->is_object() ? &*status : nullptr;
}

}  // namespace

Json MakeTokenReview(std::string_view token) {
  return {{"apiVersion", "authentication.k8s.io/v1"},
          {"kind", "TokenReview"},
          {"spec", {{"token", token}}}};
}

StepResult ReadTokenReview(const Json& answer) {
  const Json* status = StatusOf(answer);
  if (status == nullptr) return Fail(ErrorKind::kMalformed, "answer has no status");
  if (!FlagOf(*status, "authenticated")) return std::nullopt;
  const auto json = status->find("user");
  if (json == status->end() || !json->is_object()) {
    return Fail(ErrorKind::kMalformed, "status.user is missing");
  }
  UserInfo user{.name = objects::TextIn(*json, "username"), .uid = objects::TextIn(*json, "uid")};
  if (const auto groups = json->find("groups"); groups != json->end()) {
    user.groups = TextsOf(*groups);
  }
  if (const auto extra = json->find("extra"); extra != json->end() && extra->is_object()) {
    for (const auto& [key, values] : extra->items()) user.extra[key] = TextsOf(values);
  }
  return user;
}

Json MakeAccessReview(const UserInfo& user, const http::RequestInfo& info) {
  Json spec = {{"user", user.name}};
  SetIfAny(spec, "uid", user.uid);
  if (!user.groups.empty()) spec["groups"] = user.groups;
  if (!user.extra.empty()) spec["extra"] = user.extra;
  if (info.is_resource) {
    spec["resourceAttributes"] = ResourceAttributes(info);
  } else {
    spec["nonResourceAttributes"] = {{"path", info.path}, {"verb", info.verb}};
  }
  return {{"apiVersion", "authorization.k8s.io/v1"},
          {"kind", "SubjectAccessReview"},
          {"spec", std::move(spec)}};
}

Result<AccessDecision> ReadAccessReview(const Json& answer) {
  const Json* status = StatusOf(answer);
  if (status == nullptr) return Fail(ErrorKind::kMalformed, "answer has no status");
  AccessDecision decision{.allowed = FlagOf(*status, "allowed"),
                          .reason = objects::TextIn(*status, "reason")};
  if (FlagOf(*status, "denied")) decision.allowed = false;
  return decision;
}

std::string CacheKey(const Json& access_review) {
  return Sha256(access_review.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string CacheKey(std::string_view token) { return Sha256(token); }

bool IsCacheable(const http::RequestInfo& info) {
  constexpr std::size_t kLimit = 10'000;
  const std::size_t controlled = info.path.size() + info.verb.size() + info.group.size() +
                                 info.version.size() + info.ns.size() + info.resource.size() +
                                 info.name.size() + info.subresource.size() +
                                 info.label_selector.size() + info.field_selector.size();
  return controlled < kLimit;
}

}  // namespace mpl::auth
