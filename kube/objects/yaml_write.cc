#include <algorithm>
#include <string_view>
#include <utility>

#include "kube/objects/yaml.h"

namespace mpl::objects {
namespace {

// Plain text that no reader, YAML 1.1 ones included, takes for anything else.
bool IsPlain(const std::string& text) {
  static constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no",
                                                "on",   "off",   "y",    "n"};
  if (text.empty() || text.size() > 120) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (!letter(text[0]) && text[0] != '/') return false;
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  if (std::ranges::find(kWords, lower) != std::end(kWords)) return false;
  return std::ranges::all_of(text, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
  });
}

// A literal block keeps PEM texts and documents readable. Only for texts that it can carry exactly.
bool IsBlock(const std::string& text) {
  return text.size() > 1 && text.ends_with('\n') && !text.ends_with("\n\n") && text[0] != ' ' &&
         text[0] != '\n' && text.find_first_of("\r\t") == text.npos &&
         std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c != 127); });
}

// A JSON string is a YAML string, but to a reader of YAML 1.1 three more characters are line breaks
// (YAML 1.1, chapter 4.2), which it would fold.
std::string Quoted(const std::string& text) {
  std::string quoted = Json(text).dump();
  for (const auto& [raw, escaped] :
       {std::pair("\u0085", "\\u0085"), {"\u2028", "\\u2028"}, {"\u2029", "\\u2029"}}) {
    for (auto at = quoted.find(raw); at != quoted.npos; at = quoted.find(raw, at)) {
      quoted.replace(at, std::string_view(raw).size(), escaped);
    }
  }
  return quoted;
}

void Write(const Json& value, int indent, std::string& out);

void WriteString(const std::string& text, int indent, std::string& out) {
  if (IsPlain(text)) {
    out += text + "\n";
  } else if (IsBlock(text)) {
    out += "|\n";
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      if (end > begin) out += std::string(static_cast<std::size_t>(indent), ' ');
      out += text.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
  } else {
    out += Quoted(text) + "\n";
  }
}

// Writes what follows "key:" or "-".
void WriteValue(const Json& value, int indent, bool in_list, std::string& out) {
  if (value.is_structured() && !value.empty()) {
    if (in_list && value.is_object()) {
      std::string block;
      Write(value, indent, block);
      out += " " + block.substr(static_cast<std::size_t>(indent));
      return;
    }
    out += "\n";
    Write(value, value.is_array() && !in_list ? indent - 2 : indent, out);
    return;
  }
  out += " ";
  if (value.is_string()) return WriteString(value.get_ref<const std::string&>(), indent, out);
  out += value.dump() + "\n";
}

void Write(const Json& value, int indent, std::string& out) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  if (value.is_array()) {
    for (const Json& item : value) {
      out += margin + "-";
      WriteValue(item, indent + 2, true, out);
    }
    return;
  }
  for (const auto& [key, item] : value.items()) {
    const std::string written = IsPlain(key) ? key : Quoted(key);
    // YAML 1.2, 7.4.2: a key beside its value is not longer than 1024 characters.
    out += margin;
    if (written.size() > 1024) out.append("? ").append(written).append("\n").append(margin);
    if (written.size() <= 1024) out += written;
    out += ":";
    WriteValue(item, indent + 2, false, out);
  }
}

}  // namespace

std::string ToYaml(const Json& value) {
  if (!value.is_structured() || value.empty()) return value.dump() + "\n";
  std::string out;
  Write(value, 0, out);
  return out;
}

}  // namespace mpl::objects
