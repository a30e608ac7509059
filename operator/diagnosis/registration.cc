#include "operator/diagnosis/registration.h"

#include "operator/plan/conditions.h"
#include "operator/plan/provider.h"
#include "operator/plan/registration.h"

namespace mpl::diagnosis {
namespace {

Finding JudgeOurs(const std::string& name, const Json& live) {
  const std::string ours = name + " is ours: Service " + plan::ServiceOf(live);
  const Json* available = plan::FindLiveCondition(live, "Available");
  if (available != nullptr && available->value("status", "") == "True") {
    return Fine(subject::kOwner, ours + ", available");
  }
  const std::string reason = available == nullptr ? "kube-apiserver has not looked at it yet"
                                                  : available->value("reason", "") + ": " +
                                                        available->value("message", "");
  return Fault(
      subject::kOwner, ours + ", but not available (" + reason + ")",
      "kubectl top and autoscalers get 503, and namespaces cannot be deleted meanwhile",
      "metricspipeline-operator status " + plan::HolderOf(live) + " shows the broken link");
}

}  // namespace

Finding JudgeRegistration(const std::string& name, const Result<Json>& live,
                          const std::string& manager) {
  if (!live) {
    if (live.error().kind == ErrorKind::kNotFound) return Fine(subject::kOwner, name + " is free");
    return Note(subject::kOwner, name + " cannot be read: " + live.error().message,
                "somebody else may serve the API already",
                "run check as somebody who may read APIServices");
  }
  if (!plan::HolderOf(*live).empty()) return JudgeOurs(name, *live);
  const plan::Provider provider = plan::Classify(*live, manager);
  const std::string what = name + " belongs to " + provider.Describe();
  if (provider.insists) {
    return Fault(subject::kOwner, what,
                 "there can be one provider only, and this one undoes every change: a pipeline "
                 "stays Stalled beside it",
                 provider.removal + " first");
  }
  if (!provider.injection.empty()) {
    return Fault(
        subject::kOwner, what,
        "it would put its own caBundle into a registration that was taken over: a pipeline "
        "stays Stalled beside it",
        provider.injection + " first");
  }
  return Note(subject::kOwner, what,
              "there can be one provider only: a pipeline waits, unless it is told to take over",
              "metricspipeline-operator migrate prints the pipeline that replaces it without a gap "
              "(spec.apiServices.conflictPolicy: TakeOver); or " +
                  provider.removal);
}

}  // namespace mpl::diagnosis
