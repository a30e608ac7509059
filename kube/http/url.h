// The request target taken apart: path segments and query parameters, as Go's net/url and
// k8s.io/apiserver see them, but never lenient: text that does not decode is an error, not a hole.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kube/base/error.h"

namespace mpl::http {

// Decoded parameters in the order of the wire; a name may come repeatedly.
class Query {
 public:
  // '+' is a space; "a" alone is a with an empty value. kBadRequest, naming the parameter, for ';'
  // as a separator (Go refuses it since 1.17) and for a bad %-escape.
  static Result<Query> Parse(std::string_view text);

  // The first value, or empty.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  std::vector<std::string_view> GetAll(std::string_view name) const;
  // metav1.ListOptions.watch and its like: absent, "0" and "false" are false, all else is true.
  bool Flag(std::string_view name) const;
  bool empty() const { return parameters_.empty(); }
  auto begin() const { return parameters_.begin(); }
  auto end() const { return parameters_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

struct Target {
  // The whole path, decoded: what a nonResourceAttributes.path is.
  std::string path;
  // Decoded one by one after splitting, so that "%2F" never makes a new segment. Slashes at both
  // ends are cut off first; an empty segment in between stays, and is nobody's name.
  std::vector<std::string> segments;
  Query query;
};

// Takes origin form only ("/path?query"). kBadRequest otherwise.
Result<Target> ParseTarget(std::string_view target);

}  // namespace mpl::http
