#include "kube/http/gzip_stream.h"

#include <isa-l/igzip_lib.h>

#include <array>
#include <new>

namespace mpl::http {
namespace {

constexpr int kLevel = 1;
constexpr std::size_t kRoom = 16U << 10U;
constexpr std::size_t kMostAtOnce = 1U << 30U;  // ISA-L counts in 32 bits

}  // namespace

struct GzipStream::State {
  isal_zstream stream;
  std::array<std::uint8_t, ISAL_DEF_LVL1_SMALL> working;  // more of it packs no better
};

GzipStream::GzipStream() : state_(new(std::nothrow) State) {
  if (state_ == nullptr) return;
  isal_zstream& stream = state_->stream;
  isal_deflate_init(&stream);
  stream.level = kLevel;
  stream.level_buf = state_->working.data();
  stream.level_buf_size = static_cast<std::uint32_t>(state_->working.size());
  stream.gzip_flag = IGZIP_GZIP;
}

GzipStream::~GzipStream() = default;

void GzipStream::Append(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, kMostAtOnce);
    Deflate(out, part);
    text.remove_prefix(part.size());
  }
}

void GzipStream::Finish(std::string& out) {
  state_->stream.end_of_stream = 1;
  Deflate(out, {});
}

// With room for its output, isal_deflate cannot fail: its only errors are misuse.
void GzipStream::Deflate(std::string& out, std::string_view text) {
  isal_zstream& stream = state_->stream;
  std::array<std::uint8_t, kRoom> room;
  // It only reads, though its pointer does not say so.
  stream.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<std::uint32_t>(text.size());
  do {
    stream.next_out = room.data();
    stream.avail_out = static_cast<std::uint32_t>(room.size());
    isal_deflate(&stream);
    out.append(reinterpret_cast<const char*>(room.data()), room.size() - stream.avail_out);
  } while (stream.avail_out == 0 || stream.avail_in > 0);
}

}  // namespace mpl::http
