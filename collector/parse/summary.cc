#include "collector/parse/summary.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "kube/base/time.h"

namespace mpl::parse {
namespace {

using Json = nlohmann::json;

const Json* Find(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> Unsigned(const Json* object, const char* key) {
  const Json* value = object == nullptr ? nullptr : Find(*object, key);
  if (value == nullptr || !value->is_number_unsigned()) return std::nullopt;
  const auto number = value->get<std::uint64_t>();
  return number >> 63U != 0 ? std::nullopt : std::optional(number);
}

std::string_view Text(const Json* object, const char* key) {
  const Json* value = object == nullptr ? nullptr : Find(*object, key);
  return value == nullptr || !value->is_string() ? std::string_view{}
                                                 : value->get_ref<const std::string&>();
}

store::SummaryReading Reading(const Json& object) {
  const Json* cpu = Find(object, "cpu");
  const auto time = ParseRfc3339(Text(cpu, "time"));
  const auto rate = Unsigned(cpu, "usageNanoCores");
  const auto memory = Unsigned(Find(object, "memory"), "workingSetBytes");
  store::SummaryReading reading;
  if (!time) return reading;
  reading.time = *time;
  reading.has_cpu = rate.has_value();
  reading.cpu_nanocores = rate.value_or(0);
  reading.has_memory = memory.has_value();
  reading.memory_bytes = memory.value_or(0);
  return reading;
}

}  // namespace

Result<Summary> ParseSummary(std::string_view body) {
  auto root = std::make_shared<Json>(Json::parse(body, nullptr, /*allow_exceptions=*/false));
  const Json* node = Find(*root, "node");
  const Json* pods = Find(*root, "pods");
  if (node == nullptr || (pods != nullptr && !pods->is_array() && !pods->is_null())) {
    return Fail(ErrorKind::kMalformed, "/stats/summary: not the JSON of a Summary");
  }
  const Json none = Json::array();
  Summary summary;
  summary.batch.node = Reading(*node);
  if (pods == nullptr) pods = &none;
  for (const Json& pod : *pods) {
    const Json* ref = Find(pod, "podRef");
    const Json* containers = Find(pod, "containers");
    if (containers == nullptr || !containers->is_array()) continue;
    for (const Json& container : *containers) {
      const store::SummaryReading reading = Reading(container);
      if (!reading.has_cpu || !reading.has_memory) continue;
      summary.batch.containers.push_back(
          {Text(ref, "namespace"), Text(ref, "name"), Text(&container, "name"), reading});
    }
  }
  summary.names = std::move(root);
  return summary;
}

}  // namespace mpl::parse
