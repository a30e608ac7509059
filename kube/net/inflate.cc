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

// One is what servers send. A body of nothing but empty ones would cost much more than its length.
constexpr int kMostMembers = 1'000;
constexpr std::size_t kLeastRoom = 64U << 10U;

// The last four bytes of a body of one member hold its text's length modulo 2^32. The peer may lie,
// so the guess stays below what deflate can reach (a factor of 1032) and below the limit.
std::size_t GuessSize(std::string_view gzip, std::size_t limit) {
  if (gzip.size() < 18) return std::min<std::size_t>(limit, 64);
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    size |= std::size_t{static_cast<unsigned char>(gzip[gzip.size() - 4 + i])} << (8 * i);
  }
  return std::min({std::max<std::size_t>(size, 64), gzip.size() * 1032, limit});
}

// Grows and never shrinks: each member would clear anew what the one before gave back.
struct Text {
  std::string room;
  std::size_t used = 0;
};

struct Member {
  libdeflate_result result;
  std::size_t consumed = 0;
};

// Appends one member to `text`, growing it until the member fits or the limit is reached.
Member InflateMember(libdeflate_decompressor* decompressor, std::string_view gzip, Text& text,
                     std::size_t limit) {
  for (;;) {
    Member member{};
    std::size_t produced = 0;
    const std::size_t room = text.room.size() - text.used;
    member.result = libdeflate_gzip_decompress_ex(decompressor, gzip.data(), gzip.size(),
                                                  text.room.data() + text.used, room,
                                                  &member.consumed, &produced);
    if (member.result == LIBDEFLATE_SUCCESS) text.used += produced;
    if (member.result != LIBDEFLATE_INSUFFICIENT_SPACE || text.room.size() == limit) return member;
    text.room.resize(std::min(limit, text.room.size() + std::max(kLeastRoom, room)));
  }
}

}  // namespace

Result<std::string> Inflate(std::string_view gzip, std::size_t limit_bytes) {
  const Decompressor decompressor(libdeflate_alloc_decompressor());
  if (!decompressor) return Fail(ErrorKind::kInternal, "gzip: out of memory");
  Text text;
  text.room.resize(GuessSize(gzip, limit_bytes));
  for (int members = 0; members == 0 || !gzip.empty(); ++members) {
    if (members == kMostMembers) {
      return Fail(ErrorKind::kMalformed,
                  "gzip: more than " + std::to_string(kMostMembers) + " members");
    }
    const Member member = InflateMember(decompressor.get(), gzip, text, limit_bytes);
    if (member.result == LIBDEFLATE_INSUFFICIENT_SPACE) {
      return Fail(ErrorKind::kRequestTooLarge,
                  "gzip: more than " + std::to_string(limit_bytes) + " bytes when inflated");
    }
    if (member.result != LIBDEFLATE_SUCCESS) {
      return Fail(ErrorKind::kMalformed, "gzip: damaged or cut off");
    }
    gzip.remove_prefix(member.consumed);
  }
  text.room.resize(text.used);
  return std::move(text.room);
}

}  // namespace mpl::net
