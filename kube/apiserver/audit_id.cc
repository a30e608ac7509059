#include "kube/apiserver/audit_id.h"

#include <array>
#include <cstdio>

namespace mpl::apiserver {
namespace {

bool IsPlain(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return !text.empty();
}

std::string NewUuid(std::mt19937_64& random) {
  const std::uint64_t high = random();
  const std::uint64_t low = random();
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-4%03x-%04x-%012llx",
                static_cast<unsigned>(high >> 32U), static_cast<unsigned>(high >> 16U) & 0xffffU,
                static_cast<unsigned>(high) & 0xfffU,
                (static_cast<unsigned>(low >> 48U) & 0x3fffU) | 0x8000U,
                static_cast<unsigned long long>(low & 0xffffffffffffULL));
  return text.data();
}

}  // namespace

std::string AuditIdOf(const http::Headers& headers, std::mt19937_64& random) {
  constexpr std::size_t kLimit = 64;
  const std::string_view given = headers.Get("Audit-ID");
  if (IsPlain(given)) return std::string(given.substr(0, kLimit));
  return NewUuid(random);
}

}  // namespace mpl::apiserver
