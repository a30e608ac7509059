#include "kube/client/event_recorder.h"

#include "kube/base/text.h"
#include "kube/telemetry/log.h"

namespace mpl::client {
namespace {

// Limits: k8s.io/kubernetes pkg/apis/core/validation, events.go.
constexpr std::size_t kNoteLimit = 1024;
constexpr std::size_t kWordLimit = 128;
// An object's name may have 253 bytes, and so may the Event's, which adds a dot and 16 digits.
constexpr std::size_t kNamePart = 253 - 17;

const objects::Resource kEvents{.group = "events.k8s.io",
                                .version = "v1",
                                .plural = "events",
                                .kind = "Event",
                                .namespaced = true};

std::string EventNamespace(const ObjectReference& regarding) {
  return regarding.ns.empty() ? "default" : regarding.ns;
}

// "<object>.<16 hex digits of nanoseconds>", as client-go names them.
std::string EventName(const std::string& object, TimePoint now) {
  std::string digits;
  for (auto rest = static_cast<std::uint64_t>(now.time_since_epoch().count()); rest > 0;
       rest /= 16) {
    digits.insert(digits.begin(), "0123456789abcdef"[rest % 16]);
  }
  std::string name = object.substr(0, kNamePart);
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.pop_back();
  return name + "." + digits;
}

}  // namespace

EventRecorder::EventRecorder(KubeClient& client, std::string controller,
                             const std::string& instance)
    : client_(client),
      controller_(std::move(controller)),
      instance_(Shortened(instance, kWordLimit)) {}

Task<void> EventRecorder::Record(ObjectReference regarding, EventText text) {
  std::string key = regarding.kind + "/" + regarding.ns + "/" + regarding.name + "/" +
                    regarding.uid + "/" + text.reason;
  const auto decision = series_.Occurred(key, net::SteadyNow());
  if (decision.write == machinery::EventSeries::Write::kNew) {
    co_await WriteNew(std::move(key), std::move(regarding), std::move(text));
  } else if (decision.write == machinery::EventSeries::Write::kCount) {
    co_await WriteCount(EventNamespace(regarding), decision.event_name, decision.count);
  }
}

Task<void> EventRecorder::WriteNew(std::string key, ObjectReference regarding, EventText text) {
  const TimePoint now = net::SystemNow();
  const std::string ns = EventNamespace(regarding);
  const std::string name = EventName(regarding.name, now);
  Json reference = {{"apiVersion", regarding.api_version},
                    {"kind", regarding.kind},
                    {"name", regarding.name},
                    {"uid", regarding.uid}};
  if (!regarding.ns.empty()) reference["namespace"] = regarding.ns;
  const Json event = {{"apiVersion", kEvents.ApiVersion()},
                      {"kind", kEvents.kind},
                      {"metadata", {{"name", name}, {"namespace", ns}}},
                      {"eventTime", FormatRfc3339Micro(now)},
                      {"type", text.type == EventType::kNormal ? "Normal" : "Warning"},
                      {"reason", Shortened(text.reason, kWordLimit)},
                      {"action", Shortened(text.action, kWordLimit)},
                      {"note", Shortened(text.note, kNoteLimit)},
                      {"regarding", std::move(reference)},
                      {"reportingController", controller_},
                      {"reportingInstance", instance_}};
  const auto written = co_await client_.Create(kEvents, ns, event);
  if (written) {
    series_.Named(key, name);
    co_return;
  }
  series_.Forget(key);
  log::Warning(
      "event cannot be written",
      {{"reason", text.reason}, {"object", regarding.name}, {"error", written.error().message}});
}

Task<void> EventRecorder::WriteCount(std::string ns, std::string event_name, int count) {
  const Json patch = {
      {"series", {{"count", count}, {"lastObservedTime", FormatRfc3339Micro(net::SystemNow())}}}};
  const auto written = co_await client_.MergePatch(kEvents, ns, event_name, patch);
  if (!written) {
    log::Debug("event cannot be counted",
               {{"event", event_name}, {"error", written.error().message}});
  }
}

}  // namespace mpl::client
