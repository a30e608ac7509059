#include "kube/telemetry/line.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace mpl::log {
namespace {

struct LevelNames {
  std::string_view text;
  std::string_view json;
};

LevelNames NamesOf(Level level) {
  switch (level) {
    case Level::kDebug:
      return {"DEBUG", "debug"};
    case Level::kInfo:
      return {"INFO", "info"};
    case Level::kWarning:
      return {"WARN", "warning"};
    case Level::kError:
      return {"ERROR", "error"};
  }
  return {"ERROR", "error"};
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool NeedsQuotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    if (c == ' ' || c == '"' || c == '=' || IsControl(c)) return true;
  }
  return false;
}

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (!IsControl(c)) {
    out += c;
    return;
  }
  std::array<char, 5> hex{};
  std::snprintf(hex.data(), hex.size(), "\\x%02x", static_cast<unsigned char>(c));
  out += hex.data();
}

std::string JsonText(std::string_view text) {
  const nlohmann::json value(text);
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string QuoteValue(std::string_view value) {
  if (!NeedsQuotes(value)) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) AppendEscaped(quoted, c);
  return quoted + '"';
}

std::string TextLine(Level level, std::string_view event, Fields fields) {
  std::string line(NamesOf(level).text);
  line += ' ';
  for (const char c : event) {
    if (IsControl(c)) {
      AppendEscaped(line, c);
    } else {
      line += c;
    }
  }
  for (const Field& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    line += QuoteValue(field.value);
  }
  return line;
}

std::string JsonMembers(Level level, std::string_view event, Fields fields) {
  std::string members = "\"level\":\"";
  members += NamesOf(level).json;
  members += "\",\"event\":" + JsonText(event);
  for (const Field& field : fields) {
    members += "," + JsonText(field.key) + ":" + JsonText(field.value);
  }
  return members;
}

std::string FormatMillis(TimePoint time) {
  // "…T12:00:00.123456Z" without its last three digits.
  std::string text = FormatRfc3339Micro(time);
  text.erase(text.size() - 4, 3);
  return text;
}

}  // namespace mpl::log
