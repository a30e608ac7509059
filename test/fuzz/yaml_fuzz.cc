// YAML documents: written and read again they are the same, and the same bytes once more.
#include "kube/objects/yaml.h"

#include <algorithm>

#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {

void Check(std::string_view input) {
  const auto documents = objects::ParseYaml(input);
  if (!documents)
    return Require(documents.error().kind == ErrorKind::kMalformed, "what is no YAML is malformed");
  for (const objects::Json& document : *documents) {
    const std::string text = objects::ToYaml(document);
    const auto again = objects::ParseYaml(text);
    Require(again && again->size() == 1, "a document that was written can be read");
    Require(again->front() == document, "a document reads back");
    Require(objects::ToYaml(again->front()) == text, "the same value gives the same bytes");
  }
}

}  // namespace mpl::fuzz
