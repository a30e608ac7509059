#include "collector/config/fields.h"

#include <algorithm>
#include <utility>

#include "kube/base/text.h"

namespace mpl::config {

using objects::Json;

std::string Quote(std::string_view text) { return "\"" + std::string(text) + "\""; }

Fields::Fields(const Json* object, std::string path, std::vector<Fault>* faults)
    : object_(object), path_(std::move(path)), faults_(faults) {
  if (object_ == nullptr || object_->is_object()) return;
  faults_->push_back({path_, "is no object: write fields below it"});
  object_ = nullptr;
}

std::string Fields::PathOf(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

const Json* Fields::Find(const char* name) {
  known_.insert(name);
  if (object_ == nullptr) return nullptr;
  const auto found = object_->find(name);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

Fields Fields::Section(const char* name) { return {Find(name), PathOf(name), faults_}; }

bool Fields::String(const char* name, std::string& value) {
  const Json* field = Find(name);
  if (field == nullptr) return false;
  if (!field->is_string()) {
    Fail(name, field->dump() + " is no text: quote it");
    return false;
  }
  value = field->get<std::string>();
  return true;
}

bool Fields::Strings(const char* name, std::vector<std::string>& values) {
  const Json* field = Find(name);
  if (field == nullptr) return false;
  if (!field->is_array() ||
      !std::ranges::all_of(*field, [](const Json& item) { return item.is_string(); })) {
    Fail(name, field->dump() + " is no list of texts");
    return false;
  }
  values = field->get<std::vector<std::string>>();
  return true;
}

bool Fields::OneOf(const char* name, const std::vector<std::string>& allowed, std::string& value) {
  std::string text;
  if (!String(name, text)) return false;
  if (std::ranges::find(allowed, text) == allowed.end()) {
    Fail(name, Quote(text) + " is none of " + Join(allowed, ", "));
    return false;
  }
  value = std::move(text);
  return true;
}

bool Fields::Integer(const char* name, std::int64_t least, std::int64_t most, std::int64_t& value) {
  const Json* field = Find(name);
  if (field == nullptr) return false;
  const bool small = field->is_number_integer() &&
                     (!field->is_number_unsigned() || field->get<std::uint64_t>() <= INT64_MAX);
  const std::int64_t number = small ? field->get<std::int64_t>() : 0;
  if (!small || number < least || number > most) {
    Fail(name, field->dump() + " is no whole number from " + std::to_string(least) + " to " +
                   std::to_string(most));
    return false;
  }
  value = number;
  return true;
}

bool Fields::Time(const char* name, Duration& value) {
  std::string text;
  if (!String(name, text)) return false;
  const auto time = ParseGoDuration(text);
  if (!time) {
    Fail(name, Quote(text) + " is no duration: write it like 15s or 1m30s");
    return false;
  }
  value = *time;
  return true;
}

void Fields::Fail(const char* name, std::string detail) {
  faults_->push_back({PathOf(name), std::move(detail)});
}

void Fields::End() {
  if (object_ == nullptr) return;
  for (const auto& [name, value] : object_->items()) {
    if (known_.contains(name)) continue;
    std::vector<std::string> known(known_.begin(), known_.end());
    faults_->push_back({PathOf(name), "unknown field: known here are " + Join(known, ", ")});
  }
}

}  // namespace mpl::config
