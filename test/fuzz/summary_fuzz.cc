// What a kubelet answers at /stats/summary: written out again, it says the same.
#include "collector/parse/summary.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using Json = nlohmann::json;

auto Fields(const store::SummaryReading& r) {
  return std::tuple(r.time, r.cpu_nanocores, r.memory_bytes, r.has_cpu, r.has_memory);
}
auto Fields(const store::SummaryBatch::Container& c) {
  return std::tuple(c.ns, c.pod, c.container, Fields(c.reading));
}

std::string Nanoseconds(TimePoint time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::string digits = std::to_string(1'000'000'000 + (time - second).count()).substr(1);
  std::string text = FormatRfc3339(time);
  return text.insert(text.size() - 1, "." + digits);
}

Json Write(const store::SummaryReading& reading) {
  Json json = Json::object();
  if (reading.time == TimePoint{}) return json;
  json["cpu"]["time"] = Nanoseconds(reading.time);
  if (reading.has_cpu) json["cpu"]["usageNanoCores"] = reading.cpu_nanocores;
  if (reading.has_memory) json["memory"]["workingSetBytes"] = reading.memory_bytes;
  return json;
}

std::string Write(const store::SummaryBatch& batch) {
  Json pods = Json::array();
  for (const auto& container : batch.containers) {
    Json written = Write(container.reading);
    written["name"] = container.container;
    pods.push_back({{"podRef", {{"name", container.pod}, {"namespace", container.ns}}},
                    {"containers", {std::move(written)}}});
  }
  return Json{{"node", Write(batch.node)}, {"pods", std::move(pods)}}.dump();
}

}  // namespace

void Check(std::string_view input) {
  const auto summary = parse::ParseSummary(input);
  if (!summary)
    return Require(summary.error().kind == ErrorKind::kMalformed,
                   "what is no Summary is malformed");
  for (const auto& container : summary->batch.containers) {
    Require(container.reading.has_cpu && container.reading.has_memory,
            "a container has both values");
    Require((container.reading.cpu_nanocores | container.reading.memory_bytes) >> 63U == 0,
            "values stay below 2^63");
  }
  const auto again = parse::ParseSummary(Write(summary->batch));
  Require(again && Fields(again->batch.node) == Fields(summary->batch.node), "the node reads back");
  Require(std::ranges::equal(
              again->batch.containers, summary->batch.containers, {},
              [](const auto& c) { return Fields(c); }, [](const auto& c) { return Fields(c); }),
          "the containers read back");
}

}  // namespace mpl::fuzz
