#include "kube/net/body_memory.h"

#include <utility>
#include <vector>

namespace mpl::net {
namespace {

// Less is as easily had from the allocator.
constexpr std::size_t kLeastBytes = 4U << 10U;
constexpr std::size_t kMostBytes = 256U << 10U;
constexpr std::size_t kMostKept = 8;

std::vector<std::string>& Kept() {
  static thread_local std::vector<std::string> kept;
  return kept;
}

}  // namespace

std::string TakeBodyMemory(std::size_t bytes) {
  std::string memory;
  if (bytes >= kLeastBytes && !Kept().empty()) {
    memory = std::move(Kept().back());
    Kept().pop_back();
  }
  memory.reserve(bytes);
  return memory;
}

void GiveBackBody(std::string body) {
  const std::size_t room = body.capacity();
  if (room < kLeastBytes || room > kMostBytes || Kept().size() >= kMostKept) return;
  body.clear();
  Kept().push_back(std::move(body));
}

}  // namespace mpl::net
