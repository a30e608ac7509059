// Why pods do not run, in the order in which a pod comes to life: scheduled, image, container.
#include <set>

#include "kube/objects/fields.h"
#include "operator/plan/observed.h"

namespace mpl::plan {
namespace {

using objects::TextIn;

std::string Unschedulable(const Json& status) {
  for (const Json& condition : status.value("conditions", Json::array())) {
    if (TextIn(condition, "type") == "PodScheduled" && TextIn(condition, "status") == "False") {
      return TextIn(condition, "reason") + ": " + TextIn(condition, "message");
    }
  }
  return "";
}

// Only what is stuck: ContainerCreating is how every pod begins. The kubelet's message about a
// back-off names the pod and a time; its reason alone is enough there.
std::string StuckContainer(const Json& status) {
  for (const Json& container : status.value("containerStatuses", Json::array())) {
    const Json state = container.value("state", Json::object());
    const std::string waiting = TextIn(state.value("waiting", Json::object()), "reason");
    if (waiting.empty() || waiting == "ContainerCreating" || waiting == "PodInitializing") continue;
    const Json last = container.value("lastState", Json::object());
    const Json ended = last.value("terminated", Json::object());
    std::string trouble = "container " + TextIn(container, "name") + ": " + waiting;
    if (ended.contains("exitCode")) {
      trouble += " (last exit code " + ended["exitCode"].dump() + ", " + TextIn(ended, "reason") +
                 "; kubectl logs shows its words)";
    }
    if (waiting.find("Image") != std::string::npos) {
      trouble += " (image " + TextIn(container, "image") + ")";
    }
    if (waiting == "ErrImagePull" || waiting == "ImagePullBackOff") {
      trouble +=
          ": is it there, and can the node reach its registry? A private registry needs "
          "spec.collector.imagePullSecrets, a Secret in the collector's namespace";
    }
    return trouble;
  }
  return "";
}

}  // namespace

std::vector<std::string> PodTroubles(const Json& pod_list) {
  std::set<std::string> troubles;
  for (const Json& pod : pod_list.value("items", Json::array())) {
    const Json status = pod.value("status", Json::object());
    std::string trouble = Unschedulable(status);
    if (trouble.empty()) trouble = StuckContainer(status);
    if (!trouble.empty()) troubles.insert(std::move(trouble));
  }
  return {troubles.begin(), troubles.end()};
}

}  // namespace mpl::plan
