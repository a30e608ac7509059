#include "bench/kubelets/message.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace mpl::bench {
namespace {

constexpr std::size_t kLongestWithLength = 2048;

bool SameLetters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (x | 32) == (y | 32); });
}

void ReadField(std::string_view line, Query& query) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  if (SameLetters(name, "accept-encoding")) query.gzip = line.contains("gzip");
  if (SameLetters(name, "authorization")) query.authorized = true;
}

}  // namespace

std::optional<Query> ReadQuery(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  Query query;
  query.size = end + 4;
  std::string_view head = bytes.substr(0, end + 2);
  std::size_t stop = head.find("\r\n");
  std::string_view line = head.substr(0, stop);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return query;
  query.method = line.substr(0, first);
  query.path = line.substr(first + 1, last - first - 1);
  if (const std::size_t mark = query.path.find('?'); mark != std::string_view::npos) {
    query.query = query.path.substr(mark + 1);
    query.path = query.path.substr(0, mark);
  }
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

void WriteAnswer(const Answer& answer, std::string& out) {
  out.append("HTTP/1.1 ").append(std::to_string(answer.status));
  out.append(answer.status == 200 ? " OK" : " Error").append("\r\nContent-Type: ");
  out.append(answer.content_type);
  if (answer.gzipped) out.append("\r\nContent-Encoding: gzip");
  out.append("\r\nDate: ").append(answer.date);
  if (answer.body.size() <= kLongestWithLength) {
    out.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
    out.append("\r\n\r\n").append(answer.body);
    return;
  }
  out.append("\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::size_t piece = answer.gzipped ? 2048 : 4096;
  for (std::string_view rest = answer.body; !rest.empty();) {
    const std::string_view chunk = rest.substr(0, piece);
    std::array<char, 16> size{};
    const auto end = std::to_chars(size.data(), size.data() + size.size(), chunk.size(), 16).ptr;
    out.append(size.data(), end).append("\r\n").append(chunk).append("\r\n");
    rest.remove_prefix(chunk.size());
  }
  out.append("0\r\n\r\n");
}

Gzipper::Gzipper() : compressor_(libdeflate_alloc_compressor(1)) {
  if (compressor_ == nullptr) throw std::runtime_error("no memory for a compressor");
}

Gzipper::~Gzipper() { libdeflate_free_compressor(compressor_); }

void Gzipper::Compress(std::string_view text, std::string& out) {
  out.resize(libdeflate_gzip_compress_bound(compressor_, text.size()));
  out.resize(
      libdeflate_gzip_compress(compressor_, text.data(), text.size(), out.data(), out.size()));
}

}  // namespace mpl::bench
