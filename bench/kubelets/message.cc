#include "bench/kubelets/message.h"

#include <libdeflate.h>

#include <algorithm>
#include <stdexcept>

#include "bench/serving/chunk.h"

namespace mpl::bench {
namespace {

constexpr std::size_t kLongestWithLength = 2048;

}  // namespace

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
    AppendChunk(rest.substr(0, piece), out);
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  out.append(kLastChunk);
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
