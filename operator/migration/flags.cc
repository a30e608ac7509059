#include "operator/migration/flags.h"

#include "operator/migration/flag_table.h"

namespace mpl::migration {
namespace {

bool IsSwitch(const std::string& name) {
  const FlagRow* row = FindFlag(name);
  return row != nullptr && row->is_switch;
}

// The only short flag whose long one is called otherwise; "-v" is "--v".
std::string LongName(const std::string& letter) { return letter == "l" ? "node-selector" : letter; }

// "-v=4", "-v4", "-v"; the rest is the value.
Flag ReadShort(const std::string& argument, bool& complete) {
  Flag flag{LongName(argument.substr(1, 1)), argument.substr(2), argument, true};
  complete = !flag.value.empty();
  if (flag.value.starts_with('=')) flag.value.erase(0, 1);
  return flag;
}

Flag ReadLong(const std::string& argument, bool& complete) {
  const auto equals = argument.find('=');
  Flag flag{argument.substr(2, equals == std::string::npos ? equals : equals - 2), "", argument,
            true};
  complete = equals != std::string::npos;
  if (complete) flag.value = argument.substr(equals + 1);
  return flag;
}

}  // namespace

std::vector<Flag> ReadFlags(const std::vector<std::string>& arguments) {
  std::vector<Flag> flags;
  bool words_only = false;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--" && !words_only) {
      words_only = true;
      continue;
    }
    const bool is_long = argument.starts_with("--") && argument.size() > 2;
    if (words_only || argument.size() < 2 || !argument.starts_with('-')) {
      flags.push_back({"", argument, argument, false});
      continue;
    }
    bool complete = false;
    Flag flag = is_long ? ReadLong(argument, complete) : ReadShort(argument, complete);
    if (!complete && IsSwitch(flag.name)) {
      flag.value = "true";
    } else if (!complete && i + 1 < arguments.size() &&
               (FindFlag(flag.name) != nullptr || !arguments[i + 1].starts_with('-'))) {
      flag.value = arguments[++i];
      flag.written += " " + flag.value;
    }
    flags.push_back(std::move(flag));
  }
  return flags;
}

}  // namespace mpl::migration
