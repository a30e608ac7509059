#include "operator/diagnosis/redact.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "kube/base/digest.h"
#include "kube/base/text.h"
#include "kube/base/time.h"
#include "kube/objects/fields.h"
#include "kube/x509/certificate.h"

namespace mpl::diagnosis {
namespace {

using objects::ListAt;
using objects::TextAt;

constexpr const char* kRemoved = "[removed]";
constexpr std::size_t kShortestSecret = 6;
constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

bool SoundsSecret(const std::string& name) {
  const std::string lower = ToLower(name);
  for (const char* word : {"token", "password", "passwd", "secret", "credential", "apikey",
                           "api_key", "api-key", "private"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return lower.ends_with("key") || lower.ends_with("auth");
}

Json DescribeValue(const std::string& value) {
  Json entry = {{"bytes", value.size()}};
  const auto certificates = x509::ParsePemCertificates(value);
  if (!certificates) return entry;
  for (const x509::Certificate& certificate : *certificates) {
    entry["certificates"].push_back({{"subject", certificate.subject()},
                                     {"issuer", certificate.issuer()},
                                     {"names", certificate.DescribeSans()},
                                     {"notBefore", FormatRfc3339(certificate.not_before())},
                                     {"notAfter", FormatRfc3339(certificate.not_after())}});
  }
  return entry;
}

Json DescribeSecret(const Json& secret) {
  Json result = {{"kind", "Secret"}, {"apiVersion", "v1"}, {"type", TextAt(secret, "/type")}};
  const Json metadata = secret.value("metadata", Json::object());
  for (const char* field :
       {"name", "namespace", "labels", "creationTimestamp", "uid", "resourceVersion"}) {
    if (metadata.contains(field)) result["metadata"][field] = metadata[field];
  }
  result["keys"] = Json::object();
  const Json data = ListAt(secret, "/data");
  for (const auto& [key, value] : data.items()) {
    if (!data.is_object() || !value.is_string()) continue;
    const auto decoded = Base64Decode(value.get<std::string>());
    result["keys"][key] = DescribeValue(decoded.value_or(""));
  }
  return result;
}

// "--token=abc" and "--token", "abc" keep their name, and the path of a file is none.
void RemoveFromArguments(Json& arguments) {
  bool value_follows = false;
  for (Json& argument : arguments) {
    const bool is_value = std::exchange(value_follows, false);
    if (!argument.is_string()) continue;
    const std::string text = argument.get<std::string>();
    const bool is_flag = text.starts_with('-');
    if (is_value && !is_flag && !text.starts_with('/')) {
      argument = kRemoved;
      continue;
    }
    const auto equals = text.find('=');
    if (!SoundsSecret(text.substr(0, equals))) continue;
    if (equals == std::string::npos) {
      value_follows = is_flag;
    } else if (!text.substr(equals + 1).starts_with('/')) {
      argument = text.substr(0, equals + 1) + kRemoved;
    }
  }
}

// Containers stand in pods, in templates and in lists of them: looked for at every depth.
void RemoveFromContainers(Json& value) {
  if (value.is_array()) {
    for (Json& item : value) RemoveFromContainers(item);
    return;
  }
  if (!value.is_object()) return;
  for (auto& [key, child] : value.items()) {
    if (key == "env" && child.is_array()) {
      for (Json& entry : child) {
        if (entry.is_object() && entry.contains("value") && SoundsSecret(TextAt(entry, "/name"))) {
          entry["value"] = kRemoved;
        }
      }
    } else if ((key == "args" || key == "command") && child.is_array()) {
      RemoveFromArguments(child);
    } else {
      RemoveFromContainers(child);
    }
  }
}

void ReplaceAll(std::string& text, const std::string& what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
  }
}

// From "-----BEGIN … PRIVATE KEY-----" to its end, or to the end of the text. JSON writes the line
// breaks as "\n", which does not matter here.
void RemovePrivateKeys(std::string& text) {
  constexpr std::string_view kBegin = "-----BEGIN ", kKey = "PRIVATE KEY-----", kEnd = "-----END ";
  std::size_t from = 0;
  while ((from = text.find(kBegin, from)) != std::string::npos) {
    const std::size_t title = text.find("-----", from + kBegin.size());
    const bool is_key = title != std::string::npos && title + 5 >= kKey.size() &&
                        text.compare(title + 5 - kKey.size(), kKey.size(), kKey) == 0;
    if (!is_key) {
      from += kBegin.size();
      continue;
    }
    std::size_t end = text.find(kEnd, title);
    end = end == std::string::npos ? end : text.find("-----", end + kEnd.size());
    const std::size_t size = end == std::string::npos ? std::string::npos : end + 5 - from;
    text.replace(from, size, kRemoved);
    from += std::string_view(kRemoved).size();
  }
}

bool IsTokenCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' ||
         c == '~' || c == '+' || c == '/' || c == '=';
}

std::size_t TokenEnd(const std::string& text, std::size_t from) {
  while (from < text.size() && IsTokenCharacter(text[from])) ++from;
  return from;
}

void RemoveBearer(std::string& text) {
  constexpr std::string_view kWord = "bearer ";
  for (std::size_t at = 0; at + kWord.size() < text.size(); ++at) {
    if (!EqualsIgnoreCase(std::string_view(text).substr(at, kWord.size()), kWord)) continue;
    const std::size_t begin = at + kWord.size(), end = TokenEnd(text, begin);
    // "bearer token" is prose.
    if (end - begin >= 12) text.replace(begin, end - begin, kRemoved);
  }
}

bool IsBase64Url(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

// The end of three parts of base64url, joined by dots; `from` when there are fewer. The third one,
// a signature, may be empty.
std::size_t WebTokenEnd(const std::string& text, std::size_t from) {
  std::size_t end = from;
  for (int part = 1;; ++part) {
    const std::size_t begin = end;
    while (end < text.size() && IsBase64Url(text[end])) ++end;
    if (part == 3) return end;
    if (end == begin || end == text.size() || text[end] != '.') return from;
    ++end;
  }
}

// A JSON object in base64url begins with "eyJ"; three of its like, joined by dots, are a token (RFC
// 7515, section 7.1), whatever follows.
void RemoveWebTokens(std::string& text) {
  for (std::size_t at = text.find("eyJ"); at != std::string::npos; at = text.find("eyJ", at + 1)) {
    const std::size_t size = WebTokenEnd(text, at) - at;
    if (size > 30) text.replace(at, size, kRemoved);
  }
}

}  // namespace

Json WithoutSecrets(const Json& object) {
  const Json::json_pointer items("/items");
  if (object.is_object() && object.contains(items) && object[items].is_array()) {
    Json list = object;
    const bool secrets = TextAt(object, "/kind") == "SecretList";
    for (Json& item : list["items"]) {
      if (secrets) item["kind"] = "Secret";
      item = WithoutSecrets(item);
    }
    return list;
  }
  if (TextAt(object, "/kind") == "Secret") return DescribeSecret(object);
  Json result = object;
  if (result.is_object() && result.contains("metadata") && result["metadata"].is_object()) {
    Json& metadata = result["metadata"];
    metadata.erase("managedFields");
    if (metadata.contains("annotations") && metadata["annotations"].is_object()) {
      metadata["annotations"].erase(kLastApplied);
    }
  }
  RemoveFromContainers(result);
  return result;
}

std::vector<std::string> SecretValues(const Json& secret) {
  std::vector<std::string> values;
  const Json data = ListAt(secret, "/data");
  for (const auto& [key, value] : data.items()) {
    if (!data.is_object() || !value.is_string()) continue;
    const std::string encoded = value.get<std::string>();
    const auto decoded = Base64Decode(encoded);
    const bool is_public = decoded && x509::ParsePemCertificates(*decoded).has_value() &&
                           decoded->find("PRIVATE KEY-----") == std::string::npos;
    // Of a ServiceAccount's token Secret: no secret, and it occurs everywhere.
    const bool is_name = key == "namespace";
    if (is_public || is_name || !decoded || decoded->size() < kShortestSecret) continue;
    values.push_back(*decoded);
    values.push_back(encoded);
    if (!IsUtf8(*decoded)) continue;
    const std::string quoted = Json(*decoded).dump();  // as it would stand in JSON
    values.push_back(quoted.substr(1, quoted.size() - 2));
  }
  return values;
}

std::string Scrub(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) ReplaceAll(text, secret, kRemoved);
  RemovePrivateKeys(text);
  RemoveBearer(text);
  RemoveWebTokens(text);
  return text;
}

}  // namespace mpl::diagnosis
