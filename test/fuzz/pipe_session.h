// An HttpSession at one end of a socket pair, in one thread and without waiting: what is written at
// the other end is handled before Send() returns.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "kube/net/http_session.h"

namespace mpl::fuzz {

class PipeSession {
 public:
  explicit PipeSession(std::shared_ptr<net::ServerShared> server);
  ~PipeSession();
  PipeSession(const PipeSession&) = delete;
  PipeSession& operator=(const PipeSession&) = delete;

  void Send(std::string_view bytes);
  // Half-closes, and takes what is still to come. False when the session goes on nevertheless.
  bool Finish();
  const std::string& answers() const { return answers_; }

 private:
  void Run();  // until nothing moves any more

  boost::asio::io_context context_{1};
  int descriptor_ = -1;
  bool ended_ = false;
  std::string answers_;
};

}  // namespace mpl::fuzz
