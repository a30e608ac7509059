#include "operator/pipeline/fields.h"

#include <algorithm>

#include "kube/base/time.h"

namespace mpl::pipeline {

using objects::Json;

Fields::Fields(const Json& object, std::string path, std::vector<std::string>& faults)
    : object_(&object), path_(std::move(path)), faults_(&faults) {}

void Fields::Fault(const char* field, const std::string& what) const {
  faults_->push_back(path_ + (path_.empty() ? "" : ".") + field + ": " + what);
}

const Json* Fields::Find(const char* field) const {
  if (!object_->is_object()) return nullptr;
  const auto found = object_->find(field);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

const Json* Fields::Typed(const char* field, bool (Json::*fits)() const noexcept,
                          const char* type) const {
  const Json* value = Find(field);
  if (value == nullptr || (value->*fits)()) return value;
  Fault(field, std::string("must be ") + type + ", not " + value->type_name());
  return nullptr;
}

void Fields::Text(const char* field, std::string& target) const {
  const Json* value = Typed(field, &Json::is_string, "a string");
  if (value != nullptr) target = value->get<std::string>();
}

void Fields::Integer(const char* field, int low, int high, int& target) const {
  const Json* value = Typed(field, &Json::is_number_integer, "an integer");
  if (value == nullptr) return;
  const auto number = value->get<std::int64_t>();
  if (number < low || number > high) {
    Fault(field, std::to_string(number) + " is not from " + std::to_string(low) + " to " +
                     std::to_string(high));
    return;
  }
  target = static_cast<int>(number);
}

void Fields::Duration(const char* field, mpl::Duration& target) const {
  std::string text;
  Text(field, text);
  if (text.empty()) return;
  const auto parsed = ParseGoDuration(text);
  if (!parsed) return Fault(field, "'" + text + "' is not a duration such as 15s or 1m");
  target = *parsed;
}

void Fields::TextMap(const char* field, objects::Labels& target) const {
  const Json* map = Typed(field, &Json::is_object, "an object");
  if (map == nullptr) return;
  target.clear();
  for (const auto& [key, value] : map->items()) {
    if (value.is_string()) {
      target[key] = value.get<std::string>();
    } else {
      Fault(field, "the value of '" + key + "' must be a string");
    }
  }
}

void Fields::TextList(const char* field, std::vector<std::string>& target) const {
  const Json* list = Typed(field, &Json::is_array, "an array");
  if (list == nullptr) return;
  target.clear();
  for (const Json& item : *list) {
    if (item.is_string()) {
      target.push_back(item.get<std::string>());
    } else {
      Fault(field, "every item must be a string");
    }
  }
}

void Fields::Object(const char* field, Json& target) const {
  const Json* value = Typed(field, &Json::is_object, "an object");
  if (value != nullptr) target = *value;
}

void Fields::Array(const char* field, Json& target) const {
  const Json* value = Typed(field, &Json::is_array, "an array");
  if (value != nullptr) target = *value;
}

void Fields::ChoiceText(const char* field, const std::vector<std::string_view>& words,
                        std::string& target) const {
  std::string text;
  Text(field, text);
  if (text.empty()) return;
  if (std::ranges::find(words, text) != words.end()) {
    target = text;
    return;
  }
  std::string known;
  for (const std::string_view word : words) {
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  Fault(field, "'" + text + "' is not one of " + known);
}

Fields Fields::Below(const char* field) const {
  static const Json kNothing = Json::object();
  const Json* value = Typed(field, &Json::is_object, "an object");
  return {value == nullptr ? kNothing : *value, path_ + (path_.empty() ? "" : ".") + field,
          *faults_};
}

}  // namespace mpl::pipeline
