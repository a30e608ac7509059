// Every flag of metrics-server 0.9.0, and what becomes of it.
//
// The names are those of its `--help` (docs/command-line-flags.txt of the module
// sigs.k8s.io/metrics-server v0.9.0); a test holds the recorded text against this table.
#pragma once

#include <string_view>

namespace mpl::migration {

enum class Treatment {
  kTranslated,  // into a field of spec, by code
  kNeedless,    // what it asks for is always so here, or has no meaning here
  kLost,        // there is no counterpart; only when it is set to something
};

struct FlagRow {
  std::string_view name;  // without dashes
  bool is_switch;         // takes no value of its own: "--flag", "--flag=false"
  Treatment treatment;
  std::string_view note;  // why it is needless, or what is lost and what to do
};

// Null for a flag that metrics-server 0.9.0 does not have.
const FlagRow* FindFlag(std::string_view name);
// Given again, such a flag adds to what it has; of the others the last one counts.
bool Collects(std::string_view name);

}  // namespace mpl::migration
