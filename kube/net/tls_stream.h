// One TCP connection, with or without TLS, as awaitable reads and writes.
//
// TLS works on the non-blocking descriptor itself (tls_channel.h); Asio only says when it is ready.
// Reads and writes try first and wait only if they must, so bytes that are already there cost no
// turn of the event loop. That is why this is not a Beast AsyncStream: initiating functions must
// never complete inside the initiation, so each would pay a post; Beast's parsers are fed by hand
// instead (see message_reader.h). Not thread-safe; one coroutine at a time.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/net/runtime.h"
#include "kube/net/tls.h"
#include "kube/net/tls_channel.h"

namespace boost::asio {
template <class Protocol, class Executor>
class basic_stream_socket;
namespace ip {
class tcp;
}
}  // namespace boost::asio

namespace mpl::net {

using TcpSocket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using ErrorCode = boost::system::error_code;

// Error codes of every call: timed_out (the deadline), operation_aborted (the surrounding task was
// cancelled, or Cancel()), eof (the peer ended orderly), connection_reset and the like, and
// errc::protocol_error for TLS, explained by tls_reason().
struct IoResult {
  ErrorCode error;
  std::size_t bytes = 0;
};

class SocketStream {
 public:
  explicit SocketStream(TcpSocket socket);  // open or not yet connected
  ~SocketStream();                          // closes at once
  SocketStream(const SocketStream&) = delete;
  SocketStream& operator=(const SocketStream&) = delete;

  TcpSocket& socket();
  // From here on reads and writes are encrypted. `name` is what the certificate must carry.
  // A refusal comes back as the judge said it, any other error (see HttpClient::Send) as
  // "<phase>: …".
  Task<Result<void>> ClientHandshake(std::shared_ptr<const TlsClientContext> context,
                                     std::string name, std::string phase);
  struct Accepted {
    ErrorCode error;
    std::vector<std::string> peer_chain_der;  // what the client sent, leaf first
  };
  Task<Accepted> ServerHandshake(std::shared_ptr<const TlsServerContext> context);

  // What is there, without waiting: bytes, an error, or neither. After neither, AwaitMore() must
  // come before the next try.
  IoResult TryRead(char* data, std::size_t size);
  Task<ErrorCode> AwaitMore();
  // At least one byte, or an error.
  Task<IoResult> ReadSome(char* data, std::size_t size);
  Task<ErrorCode> WriteAll(std::string_view bytes, More more = More::kNo);
  // What goes without waiting. If that was not all, AwaitMore() and WriteAll of the rest must be
  // next.
  IoResult TryWrite(std::string_view bytes, More more = More::kNo);
  // Until there is something to read, without holding a buffer meanwhile.
  Task<ErrorCode> WaitReadable();

  // Every wait that is still going on then ends with timed_out. MonoTime::max(): none.
  void SetDeadline(MonoTime deadline);
  // Ends a wait that is going on.
  void Cancel();
  // Says goodbye (close_notify, FIN) as far as that goes without waiting; reading stays possible.
  void ShutdownWrite();
  void Close();
  // For a connection on which nothing is due: true when the peer closed it or sent something.
  bool IsStale();
  // Whether something has come that was not read yet, as far as that is known without a system
  // call.
  bool HasPending() const;
  // Asks the memory for what reading and writing touch, in step 0, then 1: see HttpClient.
  void Fetch(int step) const;

  const std::string& tls_reason() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mpl::net
