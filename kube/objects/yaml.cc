#include "kube/objects/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>

#include "kube/base/text.h"

namespace mpl::objects {
namespace {

Json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true" || text == "false") return text == "true";
  std::int64_t integer = 0;
  const char* end = text.data() + text.size();
  if (auto [stop, error] = std::from_chars(text.data(), end, integer);
      error == std::errc{} && stop == end) {
    return integer;
  }
  double number = 0;
  if (auto [stop, error] = std::from_chars(text.data(), end, number);
      error == std::errc{} && stop == end &&
      text.find_first_not_of("0123456789+-.eE") == text.npos) {
    return number;
  }
  return text;
}

// One document on its way into JSON. Aliases are written out, and may name each other or
// themselves: a few lines could stand for more than any memory holds.
class Conversion {
 public:
  Json From(const YAML::Node& node) {
    if (--values_left_ < 0) Refuse(node, "more than 100000 values, aliases written out");
    if (++depth_ > kDeepest) Refuse(node, "nested deeper than 100 levels");
    Json json = Convert(node);
    --depth_;
    return json;
  }

 private:
  static constexpr int kMostValues = 100'000;
  static constexpr int kDeepest = 100;

  [[noreturn]] static void Refuse(const YAML::Node& node, const char* why) {
    throw YAML::RepresentationException(node.Mark(),
                                        why);  // ends in ParseYaml, as the library's own
  }

  Json Convert(const YAML::Node& node) {
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return Scalar(node);
      case YAML::NodeType::Sequence: {
        Json array = Json::array();
        for (const auto& item : node) array.push_back(From(item));
        return array;
      }
      case YAML::NodeType::Map: {
        Json object = Json::object();
        for (const auto& entry : node) {
          if (!entry.first.IsScalar()) Refuse(entry.first, "a key must be text");
          object[entry.first.Scalar()] = From(entry.second);
        }
        return object;
      }
      default:
        return nullptr;
    }
  }

  int values_left_ = kMostValues;
  int depth_ = 0;
};

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
    out += Json(text).dump() + "\n";  // a JSON string is a YAML string
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
    const std::string written = IsPlain(key) ? key : Json(key).dump();
    // YAML 1.2, 7.4.2: a key beside its value is not longer than 1024 characters.
    out += written.size() <= 1024 ? margin + written + ":"
                                  : margin + "? " + written + "\n" + margin + ":";
    WriteValue(item, indent + 2, false, out);
  }
}

}  // namespace

Result<std::vector<Json>> ParseYaml(std::string_view text) {
  if (!IsUtf8(text)) return Fail(ErrorKind::kMalformed, "YAML: the text is not UTF-8");
  std::vector<Json> documents;
  try {
    for (const YAML::Node& node : YAML::LoadAll(std::string(text))) {
      Json document = Conversion().From(node);
      if (!document.is_null()) documents.push_back(std::move(document));
    }
  } catch (const YAML::Exception& fault) {  // yaml-cpp has no other way to say it
    return Fail(ErrorKind::kMalformed, "YAML line " + std::to_string(fault.mark.line + 1) +
                                           ", column " + std::to_string(fault.mark.column + 1) +
                                           ": " + fault.msg);
  }
  return documents;
}

std::string ToYaml(const Json& value) {
  if (!value.is_structured() || value.empty()) return value.dump() + "\n";
  std::string out;
  Write(value, 0, out);
  return out;
}

}  // namespace mpl::objects
