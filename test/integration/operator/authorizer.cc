#include "test/integration/operator/authorizer.h"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace mpl::test {
namespace {

Json Groups() {
  return {"system:serviceaccounts", "system:serviceaccounts:" + kNamespace, "system:authenticated"};
}

Json Review(const std::string& service_account, const char* attributes, const Json& value) {
  return {{"apiVersion", "authorization.k8s.io/v1"},
          {"kind", "SubjectAccessReview"},
          {"spec",
           {{"user", ServiceAccount(service_account)}, {"groups", Groups()}, {attributes, value}}}};
}

// In the order of the questions.
std::vector<bool> Answers(const Json& reviews) {
  std::vector<bool> allowed;
  if (reviews.empty()) return allowed;
  const Json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", reviews}};
  std::istringstream answers(Server().Kubectl(
      {"create", "-o", R"(jsonpath={.status.allowed}{"\n"})", "-f", "-"}, list.dump()));
  for (std::string line; std::getline(answers, line);) allowed.push_back(line == "true");
  return allowed;
}

std::vector<std::string> Texts(const Json& rule, const char* field) {
  return rule.contains(field) ? rule[field].get<std::vector<std::string>>()
                              : std::vector<std::string>();
}

std::set<std::string> Reviewed(const std::string& ns, const std::string& user) {
  const Json review = {{"apiVersion", "authorization.k8s.io/v1"},
                       {"kind", "SelfSubjectRulesReview"},
                       {"spec", {{"namespace", ns}}}};
  const Json answer = Json::parse(Server().Kubectl(
      {"create", "-o", "json", "--validate=false", "--as=" + user, "-f", "-"}, review.dump()));
  EXPECT_FALSE(answer["status"].value("incomplete", false));
  std::set<std::string> rights;
  for (const Json& rule : answer["status"]["resourceRules"]) {
    for (const Right& right : RightsOf(rule)) rights.insert(right.ToString());
  }
  for (const Json& rule : answer["status"].value("nonResourceRules", Json::array())) {
    for (const Right& right : RightsOf(rule)) rights.insert(right.ToString());
  }
  return rights;
}

// A rule of one element each way stays whole; nothing is left of an empty one.
void AddRule(Json& rules, const Json& rule, const char* field, std::vector<std::string> values) {
  if (values.empty()) return;
  Json smaller = rule;
  smaller[field] = std::move(values);
  rules.push_back(std::move(smaller));
}

std::vector<std::string> Except(std::vector<std::string> values, const std::string& value) {
  std::erase(values, value);
  return values;
}

}  // namespace

std::string ServiceAccount(const std::string& name) {
  return "system:serviceaccount:" + kNamespace + ":" + name;
}

std::vector<bool> AllAllowed(const std::string& service_account,
                             const std::vector<AuditEvent>& requests) {
  Json reviews = Json::array();
  for (const AuditEvent& request : requests) {
    reviews.push_back(Review(service_account, "resourceAttributes",
                             {{"verb", request.verb},
                              {"group", request.group},
                              {"resource", request.resource},
                              {"subresource", request.subresource},
                              {"namespace", request.ns},
                              {"name", request.name}}));
  }
  return Answers(reviews);
}

bool AllowedPath(const std::string& service_account, const std::string& path) {
  const Json review =
      Review(service_account, "nonResourceAttributes", {{"verb", "get"}, {"path", path}});
  return Answers(Json::array({review})).at(0);
}

std::set<std::string> RightsIn(const std::string& ns, const std::string& service_account) {
  const auto everybody = Reviewed(ns, "system:serviceaccount:nowhere:nobody");
  const auto all = Reviewed(ns, ServiceAccount(service_account));
  std::set<std::string> own;
  std::ranges::set_difference(all, everybody, std::inserter(own, own.end()));
  return own;
}

std::string Right::ToString() const {
  std::string text = verb + " " + resource;
  if (!group.empty()) text += "." + group;
  return name.empty() ? text : text + " " + name;
}

Json BoundRole::Rules() const {
  return Get(ns.empty() ? std::vector<std::string>{kind, name}
                        : std::vector<std::string>{kind, name, "-n", ns})["rules"];
}

void BoundRole::SetRules(const Json& rules) const {
  std::vector<std::string> patch = {"patch",        kind, name,
                                    "--type=merge", "-p", Json{{"rules", rules}}.dump()};
  if (!ns.empty()) patch.insert(patch.end(), {"-n", ns});
  Server().Kubectl(patch);
}

bool BoundRole::Made(const Right& right, const AuditEvent& request) const {
  if (request.code == 403) return false;
  const std::string resource =
      request.subresource.empty() ? request.resource : request.resource + "/" + request.subresource;
  const bool verb = right.verb == request.verb ||
                    (right.verb == "create" && request.verb == "patch" && request.code == 201) ||
                    (right.verb == "list" && request.verb == "watch");
  return verb && right.group == request.group && right.resource == resource &&
         (right.name.empty() || right.name == request.name) &&
         (scope.empty() || scope == request.ns);
}

const std::vector<BoundRole>& OperatorsRoles() {
  static const std::vector<BoundRole> kRoles = {
      {"clusterrole", "metricspipeline-operator", "", ""},
      {"clusterrole", "metricspipeline-operator-namespaced", "", kNamespace},
      {"role", "metricspipeline-operator", "kube-system", "kube-system"}};
  return kRoles;
}

std::vector<Right> RightsOf(const Json& rule) {
  std::vector<Right> rights;
  auto names = Texts(rule, "resourceNames");
  if (names.empty()) names = {""};
  for (const std::string& verb : Texts(rule, "verbs")) {
    for (const std::string& path : Texts(rule, "nonResourceURLs")) {
      rights.push_back({verb, "", path, "", true});
    }
    for (const std::string& group : Texts(rule, "apiGroups")) {
      for (const std::string& resource : Texts(rule, "resources")) {
        for (const std::string& name : names) rights.push_back({verb, group, resource, name});
      }
    }
  }
  return rights;
}

Json Without(const Json& rule, const Right& right) {
  Json rules = Json::array();
  AddRule(rules, rule, "verbs", Except(Texts(rule, "verbs"), right.verb));
  if (right.path) return rules;
  Json same_verb = rule;
  same_verb["verbs"] = {right.verb};
  AddRule(rules, same_verb, "resources", Except(Texts(rule, "resources"), right.resource));
  Json same_resource = same_verb;
  same_resource["resources"] = {right.resource};
  if (!right.name.empty()) {
    AddRule(rules, same_resource, "resourceNames",
            Except(Texts(rule, "resourceNames"), right.name));
  }
  return rules;
}

}  // namespace mpl::test
