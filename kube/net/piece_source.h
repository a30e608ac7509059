// The pieces of a long answer, one after another. Internal to kube/net.
//
// With a maker (HttpServerOptions::pieces) each is made on that runtime while the one before is on
// its way to the client; without, when it is asked for. Either way at most one piece is ahead, so a
// slow client holds up nobody and costs no more memory than two of them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "kube/net/runtime.h"

namespace mpl::net {

class PieceSource {
 public:
  enum class Outcome { kPiece, kLast, kCancelled };

  // `next`: http::Response::next_chunk. `home`: where Next is called.
  PieceSource(const Executor& home, const std::optional<Executor>& maker,
              std::function<bool(std::string&)> next);
  ~PieceSource();  // what is being made is dropped when it is done
  PieceSource(const PieceSource&) = delete;
  PieceSource& operator=(const PieceSource&) = delete;

  // Replaces `piece`, whose memory a later one gets. Not to be called after the last. Throws what
  // `next` has thrown.
  Task<Outcome> Next(std::string& piece);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace mpl::net
