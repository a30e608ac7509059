#include "kube/http/compression.h"

#include <charconv>
#include <memory>

#include "kube/base/text.h"
#include "kube/http/gzip_stream.h"

namespace mpl::http {
namespace {

struct CodingChoice {
  std::string name;
  double quality = 1;
};

CodingChoice ParseCoding(std::string_view text) {
  CodingChoice choice;
  const auto pieces = Split(text, ';');
  choice.name = ToLower(Trim(pieces[0]));
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const std::string parameter = ToLower(Trim(pieces[i]));
    if (!parameter.starts_with("q=")) continue;
    const char* begin = parameter.data() + 2;
    const char* end = parameter.data() + parameter.size();
    double quality = 0;
    const auto [rest, error] = std::from_chars(begin, end, quality);
    choice.quality = error == std::errc() && rest == end ? quality : 0;
  }
  return choice;
}

// False when memory is short: then the answer stays as it is.
bool CompressPieces(Response& response) {
  auto stream = std::make_shared<GzipStream>();
  if (!stream->ok()) return false;
  response.next_chunk = [stream, next = std::move(response.next_chunk),
                         plain = std::string()](std::string& chunk) mutable {
    plain.clear();
    const bool more = next(plain);
    stream->Append(chunk, plain);
    if (!more) stream->Finish(chunk);
    return more;
  };
  return true;
}

bool CompressWhole(Response& response) {
  auto packed = Gzip(response.body);
  if (!packed) return false;
  response.body = std::move(*packed);
  return true;
}

}  // namespace

bool AcceptsGzip(const Headers& headers) {
  std::optional<bool> named, any;
  for (const std::string_view value : headers.GetAll("Accept-Encoding")) {
    for (const std::string_view text : Split(value, ',')) {
      const CodingChoice choice = ParseCoding(text);
      if (choice.name == "gzip" || choice.name == "x-gzip") named = choice.quality > 0;
      if (choice.name == "*") any = choice.quality > 0;
    }
  }
  return named.value_or(any.value_or(false));
}

std::optional<std::string> Gzip(std::string_view bytes) {
  GzipStream stream;
  if (!stream.ok()) return std::nullopt;
  std::string packed;
  stream.Append(packed, bytes);
  stream.Finish(packed);
  packed.shrink_to_fit();
  return packed;
}

void CompressIfWorthwhile(const Headers& request, Response& response, std::size_t threshold_bytes) {
  const bool in_pieces = response.next_chunk != nullptr;
  if (!in_pieces && response.body.size() <= threshold_bytes) return;
  if (response.headers.Has("Content-Encoding")) return;
  response.headers.Add("Vary", "Accept-Encoding");
  if (!AcceptsGzip(request)) return;
  const bool packed = in_pieces ? CompressPieces(response) : CompressWhole(response);
  if (packed) response.headers.Set("Content-Encoding", "gzip");
}

}  // namespace mpl::http
