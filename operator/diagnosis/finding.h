// What `check` finds: one sentence each about what is, why it matters and how to mend it.
//
// One style for all: `what` names the thing and its state, without a full stop; `why` says what a
// user would notice; `remedy` is something one can do, if possible a command. Pure values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/objects/meta.h"

namespace mpl::diagnosis {

using objects::Json;

// Fine: as it should be. Note: works, or could not be judged from here; a person should know.
// Fault: stands in the way.
enum class Mark { kFine, kNote, kFault };
std::string_view Name(Mark mark);  // "Fine", "Note", "Fault"

struct Finding {
  Mark mark = Mark::kFine;
  std::string subject;  // of subject::kAll
  std::string what;     // "kube-apiserver has no request-header CA"
  std::string why;      // of a note or fault
  std::string remedy;   // of a note or fault
  friend bool operator==(const Finding&, const Finding&) = default;
};

// The closed list of subjects, in the order in which they are reported. docs/commands.md has them.
namespace subject {
inline constexpr std::string_view kServer = "API server";
inline constexpr std::string_view kAggregation = "aggregation layer";
inline constexpr std::string_view kOwner = "registration";
inline constexpr std::string_view kCrd = "custom resource";
inline constexpr std::string_view kRights = "rights";
inline constexpr std::string_view kNamespace = "namespace";
inline constexpr std::string_view kVersions = "versions";
inline constexpr std::string_view kAddresses = "node addresses";
inline constexpr std::string_view kCertificates = "kubelet certificates";
inline constexpr std::string_view kAccess = "kubelet access";
}  // namespace subject

Finding Fine(std::string_view about, std::string what);
Finding Note(std::string_view about, std::string what, std::string why, std::string remedy);
Finding Fault(std::string_view about, std::string what, std::string why, std::string remedy);

bool HasFault(const std::vector<Finding>& findings);

// For people: a line each, two more for a note or fault, and a line that counts them.
std::string Describe(const std::vector<Finding>& findings);
// For programs: {"ok": false, "faults": 1, "notes": 0, "findings": [{"mark": "Fault", "subject": …,
// "what": …, "why": …, "remedy": …}]}; `why` and `remedy` only where there are any.
Json ToJson(const std::vector<Finding>& findings);

// "node-a, node-b, node-c and 4 more": at most three names.
std::string SomeOf(const std::vector<std::string>& names);
// "1 node", "3 nodes".
std::string Count(std::size_t number, std::string_view noun);

}  // namespace mpl::diagnosis
