#include <algorithm>
#include <functional>

#include "kube/base/text.h"
#include "kube/objects/yaml.h"
#include "operator/migration/translation.h"

namespace mpl::migration {
namespace {

constexpr std::size_t kWidth = 100;

const char* Label(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCarriedOver:
      return "carried over";
    case Outcome::kNeedless:
      return "not needed  ";
    case Outcome::kDecide:
      return "DECIDE      ";
    case Outcome::kUnknown:
      break;
  }
  return "UNKNOWN     ";
}

// Breaks at blanks; every line begins with `prefix`.
std::string Wrap(const std::string& prefix, std::string text) {
  text = OneLine(std::move(text));
  std::string result, line = prefix;
  for (const std::string_view word : Split(text, ' ')) {
    const bool first = line.size() == prefix.size();
    if (!first && line.size() + 1 + word.size() > kWidth) {
      result += line + "\n";
      line = prefix;
    }
    line += (line.size() == prefix.size() ? "" : " ") + std::string(word);
  }
  return result + line + "\n";
}

std::string Steps(const Migration& migration) {
  std::string text = migration.gapless ? "# The switch, without a gap:\n"
                                       : "# The switch (a gap cannot be avoided here):\n";
  int number = 0;
  for (const Step& step : migration.steps) {
    text += "#\n" + Wrap("# ", std::to_string(++number) + ". " + step.why);
    for (const std::string_view line : Split(step.command, '\n')) {
      text += "#      " + OneLine(std::string(line)) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string OneLine(std::string text) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
  std::ranges::replace_if(text, std::not_fn(is_plain), ' ');
  return text;
}

std::string ToText(const Migration& migration) {
  std::string text = Wrap("# ", "Replaces " + migration.found + ".");
  text += "#\n# What becomes of its flags and settings:\n#\n";
  for (const Account& account : migration.accounts) {
    text += std::string("#   ") + Label(account.outcome) + "  " + OneLine(account.subject) + "\n";
    text += Wrap("#                   ", account.text);
  }
  text += "#\n" + Steps(migration);
  return text + objects::ToYaml(migration.pipeline);
}

Json ToJson(const Migration& migration) {
  Json accounts = Json::array(), steps = Json::array();
  for (const Account& account : migration.accounts) {
    accounts.push_back(
        {{"subject", account.subject}, {"outcome", Name(account.outcome)}, {"text", account.text}});
  }
  for (const Step& step : migration.steps) {
    steps.push_back({{"why", step.why}, {"command", step.command}});
  }
  return {{"found", migration.found},        {"pipeline", migration.pipeline},
          {"accounts", std::move(accounts)}, {"steps", std::move(steps)},
          {"gapless", migration.gapless},    {"needsDecision", migration.NeedsDecision()}};
}

}  // namespace mpl::migration
