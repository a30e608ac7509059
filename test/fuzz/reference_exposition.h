// The Prometheus text format 0.0.4, read strictly and slowly: what stands in a kubelet's answer,
// for comparison with collector/parse.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collector/store/batch.h"

namespace mpl::fuzz {

struct ReferenceLine {
  std::string name;
  std::map<std::string, std::string> labels;
  std::string value;
  std::string timestamp;  // empty: none
};

// Nothing when the line is no sample exactly as the format describes it, in ASCII outside of
// quotes.
std::optional<ReferenceLine> ReadReferenceLine(std::string_view line);

struct ReferenceExposition {
  store::Reading node;
  std::vector<store::ContainerReading> containers;  // views into `names`
  std::list<std::string> names;
  std::uint64_t samples = 0;
  std::uint64_t refused = 0;  // lines of wanted families
  std::uint64_t duplicates = 0;
  bool scrape_error = false;
};

// `body` holds nothing but comments and lines that ReadReferenceLine understands, each with its
// newline.
ReferenceExposition ReadReferenceExposition(std::string_view body, TimePoint default_time);

}  // namespace mpl::fuzz
