// The head of an HTTP/1.1 request, as far as the simulators' clients need it. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace mpl::bench {

struct Query {
  // Into the bytes read, not decoded.
  std::string_view method;
  std::string_view target;       // path and query as they came
  std::string_view path, query;  // the same, taken apart at the '?'
  std::string_view accept;
  std::string_view content_type;
  std::string_view authorization;  // "Bearer …"
  bool gzip = false;               // the client takes it
  std::size_t size = 0;            // of the whole head
  std::size_t body_size = 0;       // Content-Length; chunked bodies are not understood
};
// Nothing before the head is complete.
std::optional<Query> ReadQuery(std::string_view bytes);

// The value of a parameter of "a=1&b=2"; empty without.
std::string_view Parameter(std::string_view query, std::string_view name);
int NumberParameter(std::string_view query, std::string_view name, int fallback);

}  // namespace mpl::bench
