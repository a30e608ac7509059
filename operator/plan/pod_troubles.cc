// Why pods do not run, in the order in which a pod comes to life: scheduled, image, container.
#include <set>

#include "operator/plan/observed.h"

namespace mpl::plan {
namespace {

std::string Text(const Json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string Unschedulable(const Json& status) {
  for (const Json& condition : status.value("conditions", Json::array())) {
    if (Text(condition, "type") == "PodScheduled" && Text(condition, "status") == "False") {
      return Text(condition, "reason") + ": " + Text(condition, "message");
    }
  }
  return "";
}

// Only what is stuck: ContainerCreating is how every pod begins. The kubelet's message about a
// back-off names the pod and a time; its reason alone is enough there.
std::string StuckContainer(const Json& status) {
  for (const Json& container : status.value("containerStatuses", Json::array())) {
    const Json state = container.value("state", Json::object());
    const std::string waiting = Text(state.value("waiting", Json::object()), "reason");
    if (waiting.empty() || waiting == "ContainerCreating" || waiting == "PodInitializing") continue;
    const Json last = container.value("lastState", Json::object());
    const Json ended = last.value("terminated", Json::object());
    std::string trouble = "container " + Text(container, "name") + ": " + waiting;
    if (ended.contains("exitCode")) {
      trouble += " (last exit code " + ended["exitCode"].dump() + ", " + Text(ended, "reason") +
                 "; kubectl logs shows its words)";
    }
    if (waiting.find("Image") != std::string::npos) {
      trouble += " (image " + Text(container, "image") + ")";
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
