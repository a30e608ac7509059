#include "kube/net/inflate.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace mpl::net {
namespace {

struct Freer {
  void operator()(libdeflate_decompressor* value) const { libdeflate_free_decompressor(value); }
};
using Decompressor = std::unique_ptr<libdeflate_decompressor, Freer>;

// The last four bytes of a member hold its length modulo 2^32. The peer may lie, so the guess stays
// below what deflate can reach (a factor of 1032) and below the limit.
std::size_t GuessSize(std::string_view gzip, std::size_t limit) {
  if (gzip.size() < 18) return std::min<std::size_t>(limit, 64);
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    size |= std::size_t{static_cast<unsigned char>(gzip[gzip.size() - 4 + i])} << (8 * i);
  }
  return std::min({std::max<std::size_t>(size, 64), gzip.size() * 1032, limit});
}

struct Member {
  libdeflate_result result;
  std::size_t consumed = 0;
  std::size_t produced = 0;
};

// Appends one member to `text`, growing it until the member fits or the limit is reached.
Member InflateMember(libdeflate_decompressor* decompressor, std::string_view gzip,
                     std::string& text, std::size_t limit) {
  const std::size_t start = text.size();
  std::size_t room = GuessSize(gzip, limit - start);
  for (;;) {
    Member member{};
    text.resize(start + room);
    member.result =
        libdeflate_gzip_decompress_ex(decompressor, gzip.data(), gzip.size(), text.data() + start,
                                      room, &member.consumed, &member.produced);
    if (member.result != LIBDEFLATE_INSUFFICIENT_SPACE || room == limit - start) {
      text.resize(start + (member.result == LIBDEFLATE_SUCCESS ? member.produced : 0));
      return member;
    }
    room = std::min(room * 2, limit - start);
  }
}

}  // namespace

Result<std::string> Inflate(std::string_view gzip, std::size_t limit_bytes) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) return Fail(ErrorKind::kInternal, "gzip: out of memory");
  std::string text;
  do {
    const Member member = InflateMember(decompressor.get(), gzip, text, limit_bytes);
    if (member.result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      return Fail(ErrorKind::kRequestTooLarge,
                  "gzip: more than " + std::to_string(limit_bytes) + " bytes when inflated");
    }
    if (member.result != LIBDEFLATE_SUCCESS) {
      return Fail(ErrorKind::kMalformed, "gzip: damaged or cut off");
    }
    gzip.remove_prefix(member.consumed);
  } while (!gzip.empty());
  return text;
}

}  // namespace mpl::net
