// Who the collector is and what it may do. The roles in the cluster are fixed ones of config/rbac;
// only the Role in the namespace is made here, with every object by name.
#include "operator/plan/children.h"

namespace mpl::plan {
namespace {

Json RoleRef(const char* kind, const std::string& name) {
  return {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", kind}, {"name", name}};
}

Json Subjects(const Names& names, const std::string& account) {
  return Json::array({{{"kind", "ServiceAccount"}, {"name", account}, {"namespace", names.ns}}});
}

Intent ServiceAccount(const ChildContext& context, const std::string& name, bool mounts_token) {
  Json object = context.Object(ServiceAccounts(), name);
  object["automountServiceAccountToken"] = mounts_token;
  return {&ServiceAccounts(), std::move(object)};
}

Intent ClusterBinding(const ChildContext& context, const std::string& name,
                      const std::string& cluster_role, const std::string& account) {
  Json object = context.Object(ClusterRoleBindings(), name);
  object["roleRef"] = RoleRef("ClusterRole", cluster_role);
  object["subjects"] = Subjects(context.names, account);
  return {&ClusterRoleBindings(), std::move(object)};
}

Intent Binding(const ChildContext& context, const std::string& ns, const std::string& name,
               const std::string& role) {
  Json object = context.ObjectIn(RoleBindings(), ns, name);
  object["roleRef"] = RoleRef("Role", role);
  object["subjects"] = Subjects(context.names, context.names.collector);
  return {&RoleBindings(), std::move(object)};
}

// list and watch with resourceNames hold for requests with fieldSelector metadata.name.
Intent CollectorRole(const ChildContext& context) {
  const Names& names = context.names;
  Json object = context.Object(Roles(), names.collector);
  object["rules"] = Json::array({{{"apiGroups", {""}},
                                  {"resources", {"configmaps"}},
                                  {"resourceNames", {names.config, names.pins}},
                                  {"verbs", {"get", "list", "watch"}}},
                                 {{"apiGroups", {""}},
                                  {"resources", {"configmaps"}},
                                  {"resourceNames", {names.pins}},
                                  {"verbs", {"patch"}}},
                                 {{"apiGroups", {""}},
                                  {"resources", {"serviceaccounts/token"}},
                                  {"resourceNames", {names.scraper}},
                                  {"verbs", {"create"}}}});
  return {&Roles(), std::move(object)};
}

}  // namespace

std::vector<Intent> Identities(const ChildContext& context) {
  const Names& names = context.names;
  return {
      ServiceAccount(context, names.collector, true),
      ServiceAccount(context, names.scraper, false),
      ClusterBinding(context, names.collector_role, "metricspipeline-collector", names.collector),
      ClusterBinding(context, names.delegator_role, "system:auth-delegator", names.collector),
      ClusterBinding(context, names.scraper_role, "metricspipeline-scraper", names.scraper),
      CollectorRole(context),
      Binding(context, names.ns, names.collector, names.collector),
      Binding(context, "kube-system", names.reader_binding,
              "extension-apiserver-authentication-reader"),
  };
}

}  // namespace mpl::plan
