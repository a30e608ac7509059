// Kubernetes quantities, as far as CPU and memory need them.
//
// The canonical texts are those of k8s.io/apimachinery/pkg/api/resource (Quantity): a consumer that
// compares strings, or a dashboard that knows only the usual suffixes, must not tell us from any
// other server of metrics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mpl::objects {

// CPU in DecimalSI: zeros are stripped by threes. 156741209 → "156741209n", 250000000 → "250m",
// 2000000000 → "2", 0 → "0".
void AppendNanocores(std::string& out, std::uint64_t nanocores);
std::string FormatNanocores(std::uint64_t nanocores);

// Memory in BinarySI: whole factors of 1024 become a suffix. 52428800 → "50Mi", 1025 → "1025";
// below 1024 the decimal rule holds: 1000 → "1k".
void AppendBytes(std::string& out, std::uint64_t bytes);
std::string FormatBytes(std::uint64_t bytes);

// The same two into memory with room for kQuantityBytes; they give the end of what was written.
inline constexpr std::size_t kQuantityBytes = 24;
char* WriteNanocores(char* at, std::uint64_t nanocores);
char* WriteBytes(char* at, std::uint64_t bytes);

// Any Kubernetes quantity ("1500m", "0.5", "2Gi", "1e3", "12E") times 10⁹; what is finer is rounded
// away from zero, as Quantity does. Nothing on bad text, beyond 63 bits, with an exponent beyond
// ±40, or with more than 18 digits in front of a binary suffix.
std::optional<std::int64_t> ParseNanocores(std::string_view text);
// The same, in whole bytes.
std::optional<std::int64_t> ParseBytes(std::string_view text);

}  // namespace mpl::objects
