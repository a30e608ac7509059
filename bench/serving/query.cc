#include "bench/serving/query.h"

#include <algorithm>
#include <charconv>

#include "kube/base/text.h"

namespace mpl::bench {
namespace {

void ReadField(std::string_view line, Query& query) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = Trim(line.substr(colon + 1));
  if (EqualsIgnoreCase(name, "accept-encoding")) query.gzip = value.contains("gzip");
  if (EqualsIgnoreCase(name, "authorization")) query.authorization = value;
  if (EqualsIgnoreCase(name, "accept")) query.accept = value;
  if (EqualsIgnoreCase(name, "content-type")) query.content_type = value;
  if (EqualsIgnoreCase(name, "content-length")) {
    std::from_chars(value.data(), value.data() + value.size(), query.body_size);
  }
}

void ReadRequestLine(std::string_view line, Query& query) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return;
  query.method = line.substr(0, first);
  query.target = line.substr(first + 1, last - first - 1);
  query.path = query.target;
  if (const std::size_t mark = query.target.find('?'); mark != std::string_view::npos) {
    query.query = query.target.substr(mark + 1);
    query.path = query.target.substr(0, mark);
  }
}

}  // namespace

std::optional<Query> ReadQuery(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  Query query;
  query.size = end + 4;
  std::string_view head = bytes.substr(0, end + 2);
  std::size_t stop = head.find("\r\n");
  ReadRequestLine(head.substr(0, stop), query);
  for (head.remove_prefix(stop + 2); !head.empty(); head.remove_prefix(stop + 2)) {
    stop = head.find("\r\n");
    ReadField(head.substr(0, stop), query);
  }
  return query;
}

std::string_view Parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.starts_with(name) && pair.size() > name.size() && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

int NumberParameter(std::string_view query, std::string_view name, int fallback) {
  const std::string_view text = Parameter(query, name);
  int value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace mpl::bench
