// From Asio's error codes to the house's errors, and what a host is. Internal to kube/net.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "kube/base/error.h"

namespace mpl::net {

// "connection refused": as the system says it, but in the middle of a sentence.
std::string Describe(const boost::system::error_code& code);

// An error on an open connection, or in a handshake. `phase`: "TLS handshake", "read header".
// kTimeout, kCancelled, kTls (with `tls_reason`) or kClosed.
std::unexpected<Error> ToError(const boost::system::error_code& code, std::string_view phase,
                               std::string_view tls_reason = {});

bool IsIpLiteral(std::string_view host);
// "10.0.0.1:443", "[::1]:443", "name:443".
std::string HostAndPort(std::string_view host, std::uint16_t port);
// An IPv4 address mapped into IPv6, as a socket for both sees it, gives an IPv4 address.
std::string HostAndPort(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace mpl::net
