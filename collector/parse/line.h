// One line of the Prometheus text format 0.0.4, taken apart.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace mpl::parse {

// Pieces of a line, not yet understood. `labels` is what stands between the braces.
struct Sample {
  std::string_view name;
  std::string_view labels;
  std::string_view value;
  std::string_view timestamp;  // empty: none
};

// The name: up to '{' or a blank. Empty when the line has none.
std::string_view SampleName(std::string_view line);
// False when the line is no sample.
bool SplitSample(std::string_view line, Sample& sample);

// The three labels of a container's series; a label that is not there leaves `complete` false.
struct ContainerLabels {
  std::string_view ns;
  std::string_view pod;
  std::string_view container;
  bool complete = false;
};

// False when the labels do not parse. Values with escapes are written out into `unescaped`, the
// others are views into `labels`.
bool ParseLabels(std::string_view labels, ContainerLabels& out, std::deque<std::string>& unescaped);

}  // namespace mpl::parse
