#include "kube/http/gzip_stream.h"

#include <array>

#define ZLIB_CONST
#include <zlib.h>

namespace mpl::http {
namespace {

constexpr int kLevel = 1;
constexpr int kWindowBits = 15;
constexpr int kGzipFormat = 16;  // added to the window bits: a gzip header instead of zlib's
constexpr int kMemoryLevel = 8;  // zlib's default
constexpr std::size_t kRoom = 16U << 10U;
constexpr std::size_t kMostAtOnce = 1U << 30U;  // zlib counts in unsigned int

}  // namespace

struct GzipStream::State {
  ~State() {
    if (begun) deflateEnd(&stream);
  }
  z_stream stream{};
  bool begun = false;
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {
  state_->begun = deflateInit2(&state_->stream, kLevel, Z_DEFLATED, kWindowBits + kGzipFormat,
                               kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
  if (!state_->begun) state_.reset();
}

GzipStream::~GzipStream() = default;

void GzipStream::Append(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, kMostAtOnce);
    Deflate(out, part, Z_NO_FLUSH);
    text.remove_prefix(part.size());
  }
}

void GzipStream::Finish(std::string& out) {
  Deflate(out, {}, Z_FINISH);
  finished_ = true;
}

// With room for its output, deflate cannot fail: its only other errors are misuse.
void GzipStream::Deflate(std::string& out, std::string_view text, int flush) {
  z_stream& stream = state_->stream;
  stream.next_in = reinterpret_cast<const Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  std::array<char, kRoom> room;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(kRoom);
    deflate(&stream, flush);
    out.append(room.data(), kRoom - stream.avail_out);
  } while (stream.avail_out == 0);
}

}  // namespace mpl::http
