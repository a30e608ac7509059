// The registration of one version of metrics.k8s.io with the aggregation layer.
#include "kube/base/digest.h"
#include "operator/plan/children.h"

namespace mpl::plan {

Intent ApiServiceObject(const ChildContext& context, const Registration& registration) {
  Json object = context.Object(ApiServices(), ApiServiceName(registration.version));
  if (!registration.owned) object["metadata"].erase("ownerReferences");
  if (registration.orphan) {
    object["metadata"]["annotations"][std::string(kDeletionPolicyAnnotation)] = kOrphan;
  }
  const FormerOwner& former = registration.former;
  if (!former.spec.empty()) {
    object["metadata"]["annotations"][std::string(kPreviousSpecAnnotation)] = former.spec;
    if (!former.manager.empty()) {
      object["metadata"]["annotations"][std::string(kPreviousManagerAnnotation)] = former.manager;
    }
    if (!former.labels.empty()) {
      object["metadata"]["annotations"][std::string(kPreviousLabelsAnnotation)] = former.labels;
    }
  }
  object["spec"] = {
      {"group", kMetricsGroup},
      {"version", registration.version},
      {"groupPriorityMinimum", 100},
      // Of two versions the higher number is preferred; v1 is the stable one (KEP-5207).
      {"versionPriority", registration.version == "v1" ? 200 : 100},
      {"service",
       {{"name", context.names.collector}, {"namespace", context.names.ns}, {"port", 443}}},
      // Said in both cases: another manager's `true` beside our caBundle would be refused.
      {"insecureSkipTLSVerify", registration.insecure}};
  // Null takes away a bundle that another manager left.
  object["spec"]["caBundle"] =
      registration.insecure ? Json() : Json(Base64Encode(registration.ca_bundle));
  return {&ApiServices(), std::move(object)};
}

}  // namespace mpl::plan
