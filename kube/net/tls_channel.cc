#include "kube/net/tls_channel.h"

#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <cerrno>

namespace mpl::net {

ErrorCode SystemError(int number) { return {number, boost::system::system_category()}; }

Attempt Receive(int descriptor, char* data, std::size_t size) {
  const ssize_t bytes = ::recv(descriptor, data, size, MSG_DONTWAIT);
  if (bytes > 0) return {.bytes = static_cast<std::size_t>(bytes)};
  if (bytes == 0) return {.error = boost::asio::error::eof};
  if (errno == EAGAIN || errno == EINTR) return {.wait = Wait::wait_read};
  return {.error = SystemError(errno)};
}

Attempt Send(int descriptor, std::string_view bytes, More more) {
  const int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (more == More::kYes ? MSG_MORE : 0);
  const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), flags);
  if (sent >= 0) return {.bytes = static_cast<std::size_t>(sent)};
  if (errno == EAGAIN || errno == EINTR) return {.wait = Wait::wait_write};
  return {.error = SystemError(errno)};
}

}  // namespace mpl::net
