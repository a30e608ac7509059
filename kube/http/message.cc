#include "kube/http/message.h"

#include <algorithm>

#include "kube/base/text.h"

namespace mpl::http {
namespace {

constexpr std::size_t kUsualFields = 8;

}  // namespace

void Headers::Add(std::string name, std::string value) {
  if (fields_.capacity() == 0) fields_.reserve(kUsualFields);
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::Set(std::string name, std::string value) {
  Remove(name);
  Add(std::move(name), std::move(value));
}

void Headers::Remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return EqualsIgnoreCase(field.first, name); });
}

std::string_view Headers::Get(std::string_view name) const {
  const auto found = std::ranges::find_if(
      fields_, [&](const auto& field) { return EqualsIgnoreCase(field.first, name); });
  return found == fields_.end() ? std::string_view() : std::string_view(found->second);
}

bool Headers::Has(std::string_view name) const {
  return std::ranges::any_of(
      fields_, [&](const auto& field) { return EqualsIgnoreCase(field.first, name); });
}

std::vector<std::string_view> Headers::GetAll(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : fields_) {
    if (EqualsIgnoreCase(key, name)) values.emplace_back(value);
  }
  return values;
}

}  // namespace mpl::http
