#include "kube/net/piece_source.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

namespace mpl::net {

namespace asio = boost::asio;

namespace {

// To wake up another thread and be woken by it takes as long as to make and send a piece: what ends
// after so few goes out sooner without.
constexpr int kAtHand = 8;

// Belongs to the maker from the moment at which it is handed over until it is given back. It lives
// until both are done with it: the one who asked may be gone before.
struct Work {
  std::function<bool(std::string&)> next;
  std::string piece;
  bool more = true;
  std::exception_ptr fault;

  void Make() {
    piece.clear();
    try {
      more = next(piece);
    } catch (...) {
      fault = std::current_exception();
    }
  }
  bool HasNothingYet() const { return more && !fault && piece.empty(); }
};

}  // namespace

struct PieceSource::Impl : std::enable_shared_from_this<PieceSource::Impl> {
  Impl(const Executor& on, std::optional<Executor> with, std::function<bool(std::string&)> next)
      : home(on), maker(std::move(with)), made(on) {
    work->next = std::move(next);
  }

  Executor home;
  std::optional<Executor> maker;
  std::shared_ptr<Work> work = std::make_shared<Work>();
  // Of the next piece.
  enum class State { kUnmade, kHandedOver, kMade };
  State state = State::kUnmade;
  int made_at_hand = 0;
  Signal made;

  void HandOver() {
    state = State::kHandedOver;
    asio::post(*maker, Turn{*maker, home, work, weak_from_this()});
  }

  // One turn of the maker: a piece, or a part of what has to be known before the first.
  struct Turn {
    Executor maker;
    Executor home;
    std::shared_ptr<Work> work;
    std::weak_ptr<Impl> asker;

    void operator()() const {
      if (asker.expired()) return;
      work->Make();
      if (work->HasNothingYet()) return asio::post(maker, *this);
      asio::post(home, [asker = asker] {
        const auto impl = asker.lock();
        if (!impl) return;
        impl->state = State::kMade;
        impl->made.Notify();
      });
    }
  };

  static Task<Outcome> Next(std::shared_ptr<Impl> impl, std::string& piece);
};

Task<PieceSource::Outcome> PieceSource::Impl::Next(std::shared_ptr<Impl> impl, std::string& piece) {
  Work& work = *impl->work;
  if (impl->state == State::kUnmade) {
    work.Make();
    ++impl->made_at_hand;
  }
  while (impl->state == State::kHandedOver) {
    const bool notified = co_await impl->made.Wait();
    if (!notified) co_return Outcome::kCancelled;
  }
  if (work.fault) std::rethrow_exception(work.fault);
  piece.swap(work.piece);
  if (!work.more) co_return Outcome::kLast;
  impl->state = State::kUnmade;
  if (impl->maker && impl->made_at_hand >= kAtHand) impl->HandOver();
  co_return Outcome::kPiece;
}

PieceSource::PieceSource(const Executor& home, const std::optional<Executor>& maker,
                         std::function<bool(std::string&)> next)
    : impl_(std::make_shared<Impl>(home, maker, std::move(next))) {}
PieceSource::~PieceSource() = default;

Task<PieceSource::Outcome> PieceSource::Next(std::string& piece) {
  return Impl::Next(impl_, piece);
}

}  // namespace mpl::net
