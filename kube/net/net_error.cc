#include "kube/net/net_error.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>

namespace mpl::net {

namespace asio = boost::asio;

std::string Describe(const boost::system::error_code& code) {
  std::string text = code.message();
  if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a' && text[1] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

std::unexpected<Error> ToError(const boost::system::error_code& code, std::string_view phase,
                               std::string_view tls_reason) {
  const std::string prefix = std::string(phase) + ": ";
  if (code == asio::error::timed_out) return Fail(ErrorKind::kTimeout, prefix + "timed out");
  if (code == asio::error::operation_aborted) {
    return Fail(ErrorKind::kCancelled, prefix + "cancelled");
  }
  if (code == boost::system::errc::protocol_error && !tls_reason.empty()) {
    return Fail(ErrorKind::kTls, prefix + std::string(tls_reason));
  }
  if (code == asio::error::eof) {
    return Fail(ErrorKind::kClosed, prefix + "the peer closed the connection");
  }
  return Fail(ErrorKind::kClosed, prefix + Describe(code));
}

bool IsIpLiteral(std::string_view host) {
  boost::system::error_code error;
  asio::ip::make_address(host, error);
  return !error;
}

std::string HostAndPort(std::string_view host, std::uint16_t port) {
  const bool bare_v6 = host.find(':') != std::string_view::npos;
  return (bare_v6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
}

std::string HostAndPort(const asio::ip::tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return HostAndPort(address.to_string(), endpoint.port());
}

}  // namespace mpl::net
