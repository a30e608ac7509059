#include "kube/net/read_buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace mpl::net {
namespace {

constexpr std::size_t kBlockBytes = 64U << 10U;
constexpr std::size_t kLeastRoom = 16U << 10U;
constexpr std::size_t kMostFree = 4;

}  // namespace

// The blocks that nobody of this thread uses, the one used last on top.
class ReadBuffer::Pool {
 public:
  static Block Take(std::size_t size) {
    auto& free = Free();
    if (size > kBlockBytes || free.empty()) {
      size = std::max(size, kBlockBytes);
      return {std::make_unique_for_overwrite<char[]>(size), size};
    }
    Block block = std::move(free.back());
    free.pop_back();
    return block;
  }
  static void Give(Block block) {
    if (block.size == kBlockBytes && Free().size() < kMostFree) Free().push_back(std::move(block));
  }

 private:
  static std::vector<Block>& Free() {
    thread_local std::vector<Block> free;
    return free;
  }
};

ReadBuffer::~ReadBuffer() { Pool::Give(std::move(block_)); }

void ReadBuffer::MoveTo(Block block) {
  const std::size_t kept = size();
  if (kept > 0) std::memcpy(block.data.get(), block_.data.get() + begin_, kept);
  Pool::Give(std::exchange(block_, std::move(block)));
  begin_ = 0;
  end_ = kept;
}

std::span<char> ReadBuffer::Prepare() {
  if (size() == 0) begin_ = end_ = 0;
  if (block_.size < end_ + kLeastRoom) {
    if (block_.size >= size() + kLeastRoom) {
      std::memmove(block_.data.get(), block_.data.get() + begin_, size());
      end_ = size();
      begin_ = 0;
    } else {
      // Twice as much each time: bytes that come one by one are not copied once for each.
      MoveTo(Pool::Take(2 * size() + kLeastRoom));
    }
  }
  return {block_.data.get() + end_, block_.size - end_};
}

void ReadBuffer::Settle() {
  const std::size_t kept = size();
  if (kept == 0) return MoveTo({});
  if (2 * kept < block_.size) MoveTo({std::make_unique_for_overwrite<char[]>(kept), kept});
}

}  // namespace mpl::net
