#include "kube/objects/names.h"

#include <algorithm>

namespace mpl::objects {
namespace {

constexpr std::size_t kLabelBytes = 63;
constexpr std::size_t kSubdomainBytes = 253;

constexpr std::string_view kNameRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
constexpr std::string_view kPrefixRule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
constexpr std::string_view kValueRule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

bool IsLowerAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsAlphanumeric(char c) { return IsLowerAlphanumeric(c) || (c >= 'A' && c <= 'Z'); }

bool IsLabelText(std::string_view text) {
  if (text.empty() || !IsAlphanumeric(text.front()) || !IsAlphanumeric(text.back())) return false;
  return std::ranges::all_of(
      text, [](char c) { return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

// A DNS label of any length.
bool IsDnsText(std::string_view text) {
  if (text.empty() || text.front() == '-' || text.back() == '-') return false;
  return std::ranges::all_of(text, [](char c) { return IsLowerAlphanumeric(c) || c == '-'; });
}

bool IsDottedDnsText(std::string_view text) {
  while (true) {
    const std::size_t dot = text.find('.');
    if (!IsDnsText(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::string TooLong(std::size_t limit) {
  return "must be no more than " + std::to_string(limit) + " bytes";
}

void Add(std::string& faults, std::string_view fault) {
  if (!faults.empty()) faults += "; ";
  faults += fault;
}

void CheckPrefix(std::string& faults, std::string_view prefix) {
  if (prefix.empty()) {
    Add(faults, "prefix part must be non-empty");
    return;
  }
  if (prefix.size() > kSubdomainBytes) Add(faults, "prefix part " + TooLong(kSubdomainBytes));
  if (!IsDottedDnsText(prefix)) Add(faults, "prefix part " + std::string(kPrefixRule));
}

}  // namespace

bool IsDnsLabel(std::string_view text) { return text.size() <= kLabelBytes && IsDnsText(text); }

bool IsDnsSubdomain(std::string_view text) {
  return text.size() <= kSubdomainBytes && IsDottedDnsText(text);
}

std::string LabelKeyFault(std::string_view key) {
  if (std::ranges::count(key, '/') > 1) {
    return "a valid label key " + std::string(kNameRule) +
           " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
  }
  std::string faults;
  const std::size_t slash = key.find('/');
  const std::string_view name = slash == std::string_view::npos ? key : key.substr(slash + 1);
  if (slash != std::string_view::npos) CheckPrefix(faults, key.substr(0, slash));
  if (name.empty()) Add(faults, "name part must be non-empty");
  if (name.size() > kLabelBytes) Add(faults, "name part " + TooLong(kLabelBytes));
  if (!IsLabelText(name)) Add(faults, "name part " + std::string(kNameRule));
  return faults;
}

std::string LabelValueFault(std::string_view value) {
  std::string faults;
  if (value.size() > kLabelBytes) Add(faults, TooLong(kLabelBytes));
  if (!value.empty() && !IsLabelText(value)) Add(faults, kValueRule);
  return faults;
}

}  // namespace mpl::objects
