// What all children have in common.
#include "operator/plan/children.h"

namespace mpl::plan {

objects::Labels ChildLabels(const std::string& pipeline) {
  return {{"app.kubernetes.io/name", "metrics-collector"},
          {std::string(kManagedByLabel), "metricspipeline-operator"},
          {std::string(kPipelineLabel), pipeline}};
}

Json SelectorLabels(const std::string& pipeline) {
  return {{"app.kubernetes.io/name", "metrics-collector"}, {std::string(kPipelineLabel), pipeline}};
}

Json ChildContext::OwnerReferences() const {
  return Json::array({{{"apiVersion", pipeline::kApiVersion},
                       {"kind", pipeline::kKind},
                       {"name", pipeline.meta.name},
                       {"uid", pipeline.meta.uid},
                       {"controller", true},
                       {"blockOwnerDeletion", true}}});
}

Json ChildContext::ObjectIn(const Resource& resource, const std::string& ns,
                            const std::string& name) const {
  Json metadata = {{"name", name}, {"labels", ChildLabels(pipeline.meta.name)}};
  if (resource.namespaced) metadata["namespace"] = ns;
  // `render` has no uid to point at; there the reference would be refused.
  if (!pipeline.meta.uid.empty()) metadata["ownerReferences"] = OwnerReferences();
  return {{"apiVersion", resource.ApiVersion()},
          {"kind", resource.kind},
          {"metadata", std::move(metadata)}};
}

Json ChildContext::Object(const Resource& resource, const std::string& name) const {
  return ObjectIn(resource, names.ns, name);
}

}  // namespace mpl::plan
