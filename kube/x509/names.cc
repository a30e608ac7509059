#include "kube/x509/names.h"

#include <algorithm>
#include <array>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>

#include "kube/base/digest.h"
#include "kube/base/text.h"

namespace mpl::x509 {
namespace {

constexpr std::string_view kMappedPrefix{"\0\0\0\0\0\0\0\0\0\0\xff\xff", 12};

template <class Bytes>
std::string AsString(const Bytes& bytes) {
  return std::string(bytes.begin(), bytes.end());
}

std::string_view WithoutLastDot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

std::optional<std::string> IpBytes(std::string_view text) {
  if (const auto v4 = boost::urls::parse_ipv4_address({text.data(), text.size()})) {
    return AsString(v4->to_bytes());
  }
  const auto v6 = boost::urls::parse_ipv6_address({text.data(), text.size()});
  if (!v6) return std::nullopt;
  std::string bytes = AsString(v6->to_bytes());
  if (bytes.starts_with(kMappedPrefix)) bytes.erase(0, kMappedPrefix.size());
  return bytes;
}

std::string IpText(std::string_view bytes) {
  if (bytes.size() == 4) {
    boost::urls::ipv4_address::bytes_type raw;
    std::ranges::copy(bytes, raw.begin());
    return boost::urls::ipv4_address(raw).to_string();
  }
  if (bytes.size() == 16) {
    boost::urls::ipv6_address::bytes_type raw;
    std::ranges::copy(bytes, raw.begin());
    return boost::urls::ipv6_address(raw).to_string();
  }
  return HexEncode(bytes);
}

bool DnsNameMatches(std::string_view pattern, std::string_view host) {
  pattern = WithoutLastDot(pattern);
  host = WithoutLastDot(host);
  if (pattern.empty() || host.empty()) return false;
  if (!pattern.starts_with("*.")) {
    return pattern.find('*') == std::string_view::npos && EqualsIgnoreCase(pattern, host);
  }
  const std::size_t dot = host.find('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view parent = pattern.substr(2);
  return !parent.empty() && parent.find('*') == std::string_view::npos &&
         EqualsIgnoreCase(parent, host.substr(dot + 1));
}

}  // namespace mpl::x509
