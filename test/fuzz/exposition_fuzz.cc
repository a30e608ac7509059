// What a kubelet answers at /metrics/resource.
#include "collector/parse/exposition.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "kube/base/text.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/reference_exposition.h"

namespace mpl::fuzz {
namespace {

const TimePoint kScrape = TimePoint(std::chrono::seconds(1'763'724'030));

auto Fields(const store::Reading& r) {
  return std::tuple(r.has_cpu, r.has_memory, r.has_swap, r.has_start, r.cpu_time, r.memory_time,
                    r.start, r.cpu_nanoseconds, r.memory_bytes, r.swap_bytes);
}
auto Fields(const store::ContainerReading& r) {
  return std::tuple(r.ns, r.pod, r.container, Fields(r.reading));
}

bool SameContainers(const std::vector<store::ContainerReading>& a,
                    const std::vector<store::ContainerReading>& b) {
  return std::ranges::equal(a, b,
                            [](const auto& x, const auto& y) { return Fields(x) == Fields(y); });
}

// Whatever the bytes are.
void CheckBatch(const parse::Exposition& out) {
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> names;
  for (const auto& container : out.batch.containers) {
    Require(!container.ns.empty() && !container.pod.empty() && !container.container.empty(),
            "a container has all of its names");
    Require(names.emplace(container.ns, container.pod, container.container).second,
            "a container is there once");
    Require((container.reading.cpu_nanoseconds | container.reading.memory_bytes) >> 63U == 0,
            "values stay below 2^63");
  }
  Require(out.samples >= out.batch.containers.size(), "a container has at least one sample");
}

// The lines that follow the format to the letter: about those there is no other opinion.
std::string StrictPart(std::string_view body) {
  std::string strict;
  for (const std::string_view line : Split(body, '\n')) {
    if (line.starts_with('#') || ReadReferenceLine(line)) strict.append(line).append("\n");
  }
  return strict;
}

bool NeedsNoEscape(std::string_view name) {
  return name.find_first_of("\"\\\n") == std::string_view::npos;
}

// The names of an answer as the store gives them back; none where one needs an escape.
std::vector<store::ContainerName> NamesOf(const parse::Exposition& out) {
  std::vector<store::ContainerName> names;
  for (const auto& reading : out.batch.containers) {
    const bool plain =
        NeedsNoEscape(reading.ns) && NeedsNoEscape(reading.pod) && NeedsNoEscape(reading.container);
    if (!plain) return {};
    names.push_back({reading.ns, reading.pod, reading.container});
  }
  return names;
}

// What is guessed of an answer, rightly or wrongly, changes nothing.
void CheckGuesses(std::string_view body, const parse::Exposition& plain) {
  static parse::ExpositionParser parser;
  std::vector<store::ContainerName> names = NamesOf(plain);
  for (int guess = 0; guess < 3; ++guess) {
    const parse::Exposition& out = parser.Parse(body, kScrape, names);
    Require(out.samples == plain.samples && out.faults == plain.faults &&
                out.scrape_error == plain.scrape_error &&
                Fields(out.batch.node) == Fields(plain.batch.node) &&
                SameContainers(out.batch.containers, plain.batch.containers),
            "a guess changes nothing");
    if (guess == 0) std::ranges::reverse(names);
    if (guess == 1) names.resize(names.size() / 2);
  }
}

}  // namespace

void Check(std::string_view input) {
  static parse::ExpositionParser parser;  // used again and again, as in the scraper
  const parse::Exposition& any = parser.Parse(input, kScrape);
  CheckBatch(any);
  CheckGuesses(input, any);

  const std::string strict = StrictPart(input);
  const parse::Exposition& out = parser.Parse(strict, kScrape);
  const ReferenceExposition expected = ReadReferenceExposition(strict, kScrape);
  CheckBatch(out);
  Require(out.samples == expected.samples, "every sample of the wanted families is understood");
  Require(Fields(out.batch.node) == Fields(expected.node), "the node's values are the reference's");
  Require(SameContainers(out.batch.containers, expected.containers),
          "the containers' values are the reference's");
  Require(out.scrape_error == expected.scrape_error, "the kubelet's own error is the reference's");
  Require(out.Faults(parse::FaultKind::kDuplicate) == expected.duplicates,
          "every duplicate is counted");
  const std::uint64_t faults =
      std::accumulate(out.faults.begin(), out.faults.end(), std::uint64_t{0});
  Require(faults == expected.refused + expected.duplicates, "every refused line is counted, once");
}

}  // namespace mpl::fuzz
