// The HTTP server's sessions: whatever a client sends, in whatever pieces, it gets whole answers in
// order, the handler sees the same requests, and the session ends.
#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <span>
#include <stdexcept>

#include "kube/net/http_session.h"
#include "kube/telemetry/log.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/pipe_session.h"
#include "test/fuzz/reference_answers.h"

namespace mpl::fuzz {
namespace {

// Small, so that small inputs reach them.
constexpr std::size_t kHeaderBytes = 512;
constexpr std::size_t kBodyBytes = 256;

struct Talk {
  std::vector<std::string> requests;
  std::vector<std::string> methods;
  std::vector<ReferenceAnswer> answers;
};

// What a handler can do: answer whole, in pieces, without a body, or fail.
net::Task<http::Response> Handle(Talk* talk, http::Request request) {
  std::string text = request.method + " " + request.target + "\n";
  std::size_t header_bytes = 0;
  for (const auto& [name, value] : request.headers) {
    text += name + ": " + value + "\n";
    header_bytes += name.size() + value.size();
  }
  Require(header_bytes <= kHeaderBytes && request.body.size() <= kBodyBytes, "the limits hold");
  Require(text.find('\r') == std::string::npos && text.find('\0') == std::string::npos,
          "no field reaches into the next");
  talk->requests.push_back(text + request.body);
  talk->methods.push_back(request.method);
  if (request.target.starts_with("/fail")) throw std::runtime_error("as asked");
  http::Response response;
  if (request.target.starts_with("/none")) response.status = 204;
  if (request.target.starts_with("/pieces")) {
    response.next_chunk = [left = 3](std::string& chunk) mutable {
      chunk = left == 2 ? "" : "piece";
      return left-- > 0;
    };
  }
  response.body = text;
  co_return response;
}

Talk TalkTo(const std::vector<std::string_view>& pieces) {
  Talk talk;
  auto server = std::make_shared<net::ServerShared>();
  server->options.header_limit_bytes = kHeaderBytes;
  server->options.body_limit_bytes = kBodyBytes;
  server->handler = [&talk](http::Request request) { return Handle(&talk, std::move(request)); };
  PipeSession session(server);
  for (const std::string_view piece : pieces) session.Send(piece);
  Require(session.Finish(), "a session ends when the client has said all");
  auto answers = ReadReferenceAnswers(session.answers(), talk.methods);
  Require(answers.has_value(), "answers are whole, one after the other");
  talk.answers = *std::move(answers);
  return talk;
}

void CheckTalk(const Talk& talk) {
  const std::size_t handled = talk.requests.size();
  Require(talk.answers.size() == handled || talk.answers.size() == handled + 1,
          "every request has one answer, and at most one more could not be read");
  for (std::size_t i = 0; i < talk.answers.size(); ++i) {
    const ReferenceAnswer& answer = talk.answers[i];
    const bool last = i + 1 == talk.answers.size();
    Require(last || !answer.closes, "nothing follows the last answer");
    if (i >= handled)
      Require(answer.status >= 400 && answer.status < 500 && answer.closes,
              "what cannot be read is refused");
  }
}

// The answers to requests. What is told of one that cannot be read, and whether anything is before
// it has come whole, may differ: once a part of a header was too short to read, Beast looks again
// only when the empty line is there (basic_parser, maybe_need_more), or too much without it.
bool SameAnswers(const Talk& whole, const Talk& split) {
  const auto to_requests = [](const Talk& talk) {
    return std::span(talk.answers).first(talk.requests.size());
  };
  return std::ranges::equal(to_requests(whole), to_requests(split));
}

}  // namespace

void Check(std::string_view input) {
  // Failing handlers are logged, thousands of times.
  [[maybe_unused]] static const bool quiet = (log::CaptureForTest([](std::string_view) {}), true);
  const Talk whole = TalkTo({input});
  CheckTalk(whole);
  const Talk split = TalkTo(Dice(input).Cut(input));
  CheckTalk(split);
  Require(whole.requests == split.requests, "every split gives the same requests");
  Require(SameAnswers(whole, split), "every split gives the same answers");
}

}  // namespace mpl::fuzz
