#include "operator/diagnosis/finding.h"

#include <algorithm>

#include "kube/base/text.h"

namespace mpl::diagnosis {
namespace {

constexpr std::size_t kNamesShown = 3;

std::size_t CountOf(const std::vector<Finding>& findings, Mark mark) {
  return static_cast<std::size_t>(std::ranges::count(findings, mark, &Finding::mark));
}

const char* Column(Mark mark) {
  switch (mark) {
    case Mark::kFine:
      return "ok    ";
    case Mark::kNote:
      return "note  ";
    case Mark::kFault:
      break;
  }
  return "FAIL  ";
}

}  // namespace

std::string_view Name(Mark mark) {
  switch (mark) {
    case Mark::kFine:
      return "Fine";
    case Mark::kNote:
      return "Note";
    case Mark::kFault:
      break;
  }
  return "Fault";
}

Finding Fine(std::string_view about, std::string what) {
  return {Mark::kFine, std::string(about), std::move(what), {}, {}};
}

Finding Note(std::string_view about, std::string what, std::string why, std::string remedy) {
  return {Mark::kNote, std::string(about), std::move(what), std::move(why), std::move(remedy)};
}

Finding Fault(std::string_view about, std::string what, std::string why, std::string remedy) {
  return {Mark::kFault, std::string(about), std::move(what), std::move(why), std::move(remedy)};
}

bool HasFault(const std::vector<Finding>& findings) { return CountOf(findings, Mark::kFault) > 0; }

std::string Describe(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += Column(finding.mark) + finding.subject + ": " + finding.what + "\n";
    if (!finding.why.empty()) text += "      why: " + finding.why + "\n";
    if (!finding.remedy.empty()) text += "      fix: " + finding.remedy + "\n";
  }
  return text + Count(CountOf(findings, Mark::kFault), "fault") + ", " +
         Count(CountOf(findings, Mark::kNote), "note") + ", " +
         std::to_string(CountOf(findings, Mark::kFine)) + " fine\n";
}

Json ToJson(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    Json entry = {
        {"mark", Name(finding.mark)}, {"subject", finding.subject}, {"what", finding.what}};
    if (!finding.why.empty()) entry["why"] = finding.why;
    if (!finding.remedy.empty()) entry["remedy"] = finding.remedy;
    list.push_back(std::move(entry));
  }
  return {{"ok", !HasFault(findings)},
          {"faults", CountOf(findings, Mark::kFault)},
          {"notes", CountOf(findings, Mark::kNote)},
          {"findings", std::move(list)}};
}

std::string SomeOf(const std::vector<std::string>& names) {
  if (names.size() <= kNamesShown) return Join(names, ", ");
  const std::vector<std::string> first(names.begin(), names.begin() + kNamesShown);
  return Join(first, ", ") + " and " + std::to_string(names.size() - kNamesShown) + " more";
}

std::string Count(std::size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace mpl::diagnosis
