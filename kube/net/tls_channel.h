// TLS on a connected, non-blocking descriptor: tries, never waits. Internal to kube/net; see
// tls_stream.h for what its errors mean.
#pragma once

#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mpl::net {

using ErrorCode = boost::system::error_code;
using Wait = boost::asio::socket_base::wait_type;

// What one try came to: bytes, an error, or the need to wait.
struct Attempt {
  std::size_t bytes = 0;
  ErrorCode error = {};
  std::optional<Wait> wait = std::nullopt;
};

// kYes: another write follows at once, and the bytes may stay here to be sent with it.
enum class More : bool { kNo, kYes };

ErrorCode SystemError(int number);
// recv and send on the descriptor itself.
Attempt Receive(int descriptor, char* data, std::size_t size);
Attempt Send(int descriptor, std::string_view bytes, More more = More::kNo);

class TlsChannel {
 public:
  virtual ~TlsChannel() = default;

  // As much as is there, from several records if need be.
  virtual Attempt Read(char* data, std::size_t size) = 0;
  // After the need to wait: again with the same bytes, which may lie elsewhere.
  virtual Attempt Write(std::string_view bytes, More more) = 0;
  // There is something to read, though nothing may come any more.
  virtual bool HasPending() const = 0;
  // What came is TLS's own affair, such as tickets: for a connection on which nothing is due. May
  // take bytes from the stream otherwise.
  virtual bool IsQuiet() = 0;
  // close_notify, as far as that goes without waiting.
  virtual void SayGoodbye() = 0;

  // Explains a protocol_error.
  const std::string& reason() const { return reason_; }

 protected:
  std::string reason_;
};

}  // namespace mpl::net
