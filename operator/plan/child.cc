// What all children have in common.
#include "operator/plan/children.h"

#include <algorithm>

#include "kube/objects/fields.h"

namespace mpl::plan {

objects::Labels ChildLabels(const std::string& pipeline) {
  return {{"app.kubernetes.io/name", "metrics-collector"},
          {std::string(kManagedByLabel), "metricspipeline-operator"},
          {std::string(kPipelineLabel), pipeline}};
}

bool IsChildOf(const Json& live, const pipeline::MetricsPipeline& pipeline) {
  const auto meta = objects::ParseObjectMeta(live);
  if (!meta || pipeline.meta.uid.empty()) return false;
  const bool labelled = std::ranges::all_of(ChildLabels(pipeline.meta.name), [&](const auto& want) {
    const auto found = meta->labels.find(want.first);
    return found != meta->labels.end() && found->second == want.second;
  });
  const Json owners = objects::ListAt(live, "/metadata/ownerReferences");
  return labelled && std::ranges::any_of(owners, [&](const Json& owner) {
           return objects::TextIn(owner, "uid") == pipeline.meta.uid;
         });
}

Error WhyRefused(const Resource& resource, Error error) {
  // The namespace may be missing too; that 404 is about "namespaces".
  if (resource != Certificates() || error.kind != ErrorKind::kNotFound ||
      error.message.starts_with("namespaces ")) {
    return error;
  }
  error.message = "the cluster does not know " + resource.plural + " of " + resource.ApiVersion() +
                  " (404): install cert-manager, or choose another spec.tls.serving.mode";
  return error;
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
