// Reads fields out of a JSON object and collects every fault instead of stopping at the first.
//
// An absent or null field leaves the target as it is, which is how defaults work.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/objects/meta.h"

namespace mpl::pipeline {

// One word of the API and the value that it stands for.
template <class E>
using Word = std::pair<std::string_view, E>;

class Fields {
 public:
  // `object` and `faults` must outlive this. `path` is "spec.scrape".
  Fields(const objects::Json& object, std::string path, std::vector<std::string>& faults);

  void Text(const char* field, std::string& target) const;
  void Integer(const char* field, int low, int high, int& target) const;
  void Duration(const char* field, mpl::Duration& target) const;
  void TextMap(const char* field, objects::Labels& target) const;
  void TextList(const char* field, std::vector<std::string>& target) const;
  // A value that is handed on as it is.
  void Object(const char* field, objects::Json& target) const;
  void Array(const char* field, objects::Json& target) const;

  // One of `words`; anything else is a fault that lists them.
  template <class E, std::size_t N>
  void Choice(const char* field, const std::array<Word<E>, N>& words, E& target) const {
    std::string text;
    Text(field, text);
    if (text.empty()) return;
    std::string known;
    for (const auto& [word, value] : words) {
      if (word == text) {
        target = value;
        return;
      }
      known += (known.empty() ? "" : ", ") + std::string(word);
    }
    Fault(field, "'" + text + "' is not one of " + known);
  }
  // The same for fields that stay text.
  void ChoiceText(const char* field, const std::vector<std::string_view>& words,
                  std::string& target) const;

  // The fields below `field`; reads nothing when it is absent.
  Fields Below(const char* field) const;
  bool Has(const char* field) const { return Find(field) != nullptr; }
  void Fault(const char* field, const std::string& what) const;

 private:
  const objects::Json* Find(const char* field) const;
  // Null and a fault unless the field is there and `fits`.
  const objects::Json* Typed(const char* field, bool (objects::Json::*fits)() const noexcept,
                             const char* type) const;

  const objects::Json* object_;
  std::string path_;
  std::vector<std::string>* faults_;
};

}  // namespace mpl::pipeline
