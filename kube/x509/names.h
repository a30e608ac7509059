// Whether a name that was dialled is a name in a certificate. Internal to kube/x509.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mpl::x509 {

// 4 or 16 bytes in network order, as an IP SAN holds them; an IPv4 address mapped into IPv6 gives
// its 4 bytes. Nothing when `text` is not an IP literal.
std::optional<std::string> IpBytes(std::string_view text);
// The opposite; hex when there are neither 4 nor 16 bytes.
std::string IpText(std::string_view bytes);

// `pattern` from a DNS SAN. A wildcard stands for exactly one whole leftmost label (RFC 6125
// section 6.4.3; partial labels like "f*" are refused, as Go does).
bool DnsNameMatches(std::string_view pattern, std::string_view host);

}  // namespace mpl::x509
