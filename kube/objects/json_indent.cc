#include "kube/objects/json_indent.h"

namespace mpl::objects {

void JsonIndenter::NewLine(std::string& out) const {
  out += '\n';
  out.append(2 * depth_, ' ');
}

void JsonIndenter::Structure(std::string& out, char c) {
  if (c == ' ' || c == '\n' || c == '\r' || c == '\t') return;
  const bool closes = c == '}' || c == ']';
  if (closes) --depth_;
  if (closes != just_opened_) NewLine(out);
  just_opened_ = false;
  out += c;
  if (c == '{' || c == '[') {
    ++depth_;
    just_opened_ = true;
  } else if (c == ',') {
    NewLine(out);
  } else if (c == ':') {
    out += ' ';
  } else if (c == '"') {
    in_string_ = true;
  }
}

std::size_t JsonIndenter::InString(std::string& out, std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && in_string_) {
    const char c = text[length++];
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
  }
  out += text.substr(0, length);
  return length;
}

void JsonIndenter::Append(std::string& out, std::string_view text) {
  while (!text.empty()) {
    if (in_string_) {
      text.remove_prefix(InString(out, text));
    } else {
      Structure(out, text.front());
      text.remove_prefix(1);
    }
  }
}

std::string IndentJson(std::string_view json) {
  std::string out;
  JsonIndenter().Append(out, json);
  return out;
}

}  // namespace mpl::objects
