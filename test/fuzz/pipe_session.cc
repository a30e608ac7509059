#include "test/fuzz/pipe_session.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {

PipeSession::PipeSession(std::shared_ptr<net::ServerShared> server) {
  std::array<int, 2> ends{};
  Require(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0, "there is a socket pair");
  descriptor_ = ends[0];
  // A Unix socket in TCP's clothes: no port is used up, and the bytes do not know the difference.
  net::TcpSocket socket(context_.get_executor());
  socket.assign(boost::asio::ip::tcp::v4(), ends[1]);
  auto session = std::make_shared<net::HttpSession>(std::move(socket), std::move(server));
  boost::asio::co_spawn(context_, net::HttpSession::Serve(std::move(session)),
                        [this](const std::exception_ptr& fault) {
                          Require(!fault, "no exception leaves a session");
                          ended_ = true;
                        });
  Run();
}

PipeSession::~PipeSession() { ::close(descriptor_); }

void PipeSession::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    Run();
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN || ended_) {
      return;  // the session has closed: it need not hear the rest
    }
  }
}

bool PipeSession::Finish() {
  ::shutdown(descriptor_, SHUT_WR);
  Run();
  return ended_;
}

void PipeSession::Run() {
  for (std::size_t before = 1; before != 0;) {
    context_.restart();
    before = context_.poll();
    std::array<char, 16384> part{};
    for (ssize_t got = 1; got > 0; before += got > 0 ? 1 : 0) {
      got = ::recv(descriptor_, part.data(), part.size(), MSG_DONTWAIT);
      if (got > 0) answers_.append(part.data(), static_cast<std::size_t>(got));
    }
  }
}

}  // namespace mpl::fuzz
