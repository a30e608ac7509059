#include "kube/net/http_server.h"

#include <gmock/gmock.h>

#include "kube/telemetry/log.h"
#include "test/unit/kube/net/server_fixture.h"

namespace mpl::net {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(HttpServerTest, AnswersWithLengthAndDate) {
  Serve(Echo);
  const std::string answer = Ask({std::string("GET /a?b HTTP/1.1\r\n") + kCloseAfter + "\r\n"});
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 11\r\n"),
                            HasSubstr("\r\nDate: "), HasSubstr(" GMT\r\n"),
                            HasSubstr("Connection: close\r\n"), EndsWith("\r\n\r\nGET /a?b []")));
}

TEST_F(HttpServerTest, ReadsARequestAtEverySplit) {
  Serve(Echo);
  const std::string request =
      std::string("POST /p HTTP/1.1\r\n") + kCloseAfter +
      "Transfer-Encoding: chunked\r\n\r\n3;e=1\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    const std::string answer = Ask({request.substr(0, cut), request.substr(cut)}, 100us);
    ASSERT_THAT(answer, EndsWith("\r\n\r\nPOST /p [abcde]")) << "cut at " << cut;
  }
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Serve([](http::Request request) -> Task<http::Response> {
    // The first is the slowest.
    if (request.target == "/1") co_await SleepFor(5ms);
    http::Response response = co_await Echo(std::move(request));
    co_return response;
  });
  const std::string answer =
      Ask({std::string("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: "
                       "x\r\nContent-Length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\n") +
           kCloseAfter + "\r\n"});
  const auto one = answer.find("GET /1 []");
  const auto two = answer.find("POST /2 [hi]");
  const auto three = answer.find("GET /3 []");
  EXPECT_LT(one, two);
  EXPECT_LT(two, three);
  EXPECT_NE(three, std::string::npos);
}

TEST_F(HttpServerTest, AnswersAHalfClosedClient) {
  Serve([](http::Request request) -> Task<http::Response> {
    co_await SleepFor(5ms);
    http::Response response = co_await Echo(std::move(request));
    co_return response;
  });
  RawClient client(runtime.executor(), server->port());
  RunTask(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  client.HalfClose();
  EXPECT_THAT(RunTask(client.ReadAll()), EndsWith("GET / []"));
}

TEST_F(HttpServerTest, AnswersHeadWithTheLengthAlone) {
  Serve(Echo);
  const std::string answer = Ask({std::string("HEAD /abc HTTP/1.1\r\n") + kCloseAfter + "\r\n"});
  EXPECT_THAT(answer, AllOf(HasSubstr("Content-Length: 12\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, SendsNoLengthWith204And304) {
  Serve([](http::Request request) -> Task<http::Response> {
    http::Response response;
    response.status = request.target == "/204" ? 204 : 304;
    response.body = "must not travel";
    co_return response;
  });
  for (const std::string target : {"/204", "/304"}) {
    const std::string answer = Ask({"GET " + target + " HTTP/1.1\r\n" + kCloseAfter + "\r\n"});
    EXPECT_THAT(answer, AllOf(Not(HasSubstr("Content-Length")), EndsWith("\r\n\r\n"))) << target;
  }
}

TEST_F(HttpServerTest, ContinuesWhenTheClientWaitsForIt) {
  Serve(Echo);
  RawClient client(runtime.executor(), server->port());
  RunTask(client.Send(std::string("PUT / HTTP/1.1\r\n") + kCloseAfter +
                      "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_EQ(RunTask(client.ReadUntil("\r\n\r\n")), "HTTP/1.1 100 Continue\r\n\r\n");
  RunTask(client.Send("ok"));
  EXPECT_THAT(RunTask(client.ReadAll()), EndsWith("PUT / [ok]"));
}

struct BadRequest {
  std::string name;
  std::string bytes;
  std::string status;
};

class BadRequests : public HttpServerTest, public ::testing::WithParamInterface<BadRequest> {};

TEST_P(BadRequests, AreAnsweredAndTheConnectionCloses) {
  HttpServerOptions options;
  options.body_limit_bytes = 10;
  int handled = 0;
  Serve(
      [&handled](http::Request request) -> Task<http::Response> {
        ++handled;
        http::Response response = co_await Echo(std::move(request));
        co_return response;
      },
      {}, options);
  const std::string answer = Ask({GetParam().bytes});
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 " + GetParam().status + " "),
                            HasSubstr("Connection: close\r\n")));
  EXPECT_EQ(handled, 0);
}

// RFC 9112: sections 3 (request line), 3.2 (Host), 5.1 (no blank before the colon), 6.1 and 6.3
// (framing that two readers could take differently).
INSTANTIATE_TEST_SUITE_P(
    All, BadRequests,
    ::testing::Values(
        BadRequest{"NotHttp", "hello\r\n\r\n", "400"},
        BadRequest{"BadVersion", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "400"},
        BadRequest{"BadHeader", "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n", "400"},
        BadRequest{"BlankBeforeColon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n", "400"},
        BadRequest{"NoHost", "GET / HTTP/1.1\r\n\r\n", "400"},
        BadRequest{"TwoHosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"},
        BadRequest{"TwoLengths",
                   "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                   "400"},
        BadRequest{"LengthAndChunked",
                   "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n0\r\n\r\n",
                   "400"},
        BadRequest{"UnknownCoding",
                   "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\nGET /smuggled "
                   "HTTP/1.1\r\nHost: x\r\n\r\n",
                   "400"},
        BadRequest{"TwoCodings",
                   "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, "
                   "chunked\r\n\r\n0\r\n\r\n",
                   "400"},
        BadRequest{"CodingTwice",
                   "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n0\r\n\r\n",
                   "400"},
        BadRequest{"CodingAndLength",
                   "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nContent-Length: "
                   "1\r\n\r\na",
                   "400"},
        BadRequest{"ChunkedInHttp10",
                   "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        BadRequest{"NegativeLength", "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                   "400"},
        BadRequest{"BadChunk",
                   "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"},
        BadRequest{"UnknownExpectation", "GET / HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n",
                   "417"},
        BadRequest{"BodyTooLong", "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n", "413"},
        BadRequest{"ChunkedBodyTooLong",
                   "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n",
                   "413"}),
    [](const auto& tested) { return tested.param.name; });

// However the header comes: whoever never ends it is not to be waited for.
TEST_F(HttpServerTest, RefusesAHeaderThatIsTooLargeBeforeItsEnd) {
  HttpServerOptions options;
  options.header_limit_bytes = 20'000;
  Serve(Echo, {}, options);
  std::vector<std::string> pieces = {"GET / HTTP/1.1\r\nHost: x\r\n"};
  for (int i = 0; i < 40; ++i) pieces.push_back("X-Filler: " + std::string(588, 'f') + "\r\n");
  const std::string answer = Ask(pieces, 1ms);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(answer, HasSubstr("more than 20000 bytes or 2000 fields"));
}

TEST_F(HttpServerTest, TakesAMebibyteOfHeaderAndRefusesMore) {
  Serve(Echo);
  const std::string start = std::string("GET / HTTP/1.1\r\n") + kCloseAfter;
  const auto request = [&](std::size_t size) {
    std::string text = start;
    while (text.size() + 70'000 < size) text += "X-Filler: " + std::string(60'000, 'f') + "\r\n";
    const std::string name = "X-Last: ";
    text += name + std::string(size - text.size() - name.size() - 4, 'l') + "\r\n\r\n";
    return text;
  };
  ASSERT_EQ(request(1U << 20U).size(), 1U << 20U);
  EXPECT_THAT(Ask({request(1U << 20U)}), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Ask({request((1U << 20U) + 100)}), StartsWith("HTTP/1.1 431 "));
  // The start line counts, too, when it comes alone.
  const std::string beyond = request((1U << 20U) + 8);
  const std::size_t first = beyond.find('\n') + 1;
  EXPECT_THAT(Ask({beyond.substr(0, first), beyond.substr(first)}, 5ms),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, RefusesMoreFieldsThanAnybodySends) {
  Serve(Echo);
  const auto request = [](int fields) {
    std::string text = std::string("GET / HTTP/1.1\r\n") + kCloseAfter;  // two of them
    for (int i = 2; i < fields; ++i) text += "a:\r\n";
    return text + "\r\n";
  };
  EXPECT_THAT(Ask({request(2'000)}), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(Ask({request(2'001)}), StartsWith("HTTP/1.1 431 "));
}

// Headers of the front proxy carry groups and extras of any length: only the whole is limited.
TEST_F(HttpServerTest, TakesAFieldOfNearlyAMebibyte) {
  std::size_t seen = 0;
  Serve([&seen](http::Request request) -> Task<http::Response> {
    seen = request.headers.Get("X-Long").size();
    http::Response response = co_await Echo(std::move(request));
    co_return response;
  });
  const std::string answer = Ask({std::string("GET / HTTP/1.1\r\n") + kCloseAfter +
                                  "X-Long: " + std::string(900'000, 'v') + "\r\n\r\n"});
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(seen, 900'000U);
}

// RFC 9110 section 6.5.1: trailers are not to be merged into the header.
TEST_F(HttpServerTest, TakesNoTrailerForAHeader) {
  bool seen = true;
  Serve([&seen](http::Request request) -> Task<http::Response> {
    seen = request.headers.Has("X-Remote-User");
    http::Response response = co_await Echo(std::move(request));
    co_return response;
  });
  const std::string answer =
      Ask({std::string("POST / HTTP/1.1\r\n") + kCloseAfter +
           "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Remote-User: admin\r\n\r\n"});
  EXPECT_THAT(answer, EndsWith("POST / [hi]"));
  EXPECT_FALSE(seen);
}

TEST_F(HttpServerTest, SpeaksToHttp10) {
  Serve(Echo);
  EXPECT_THAT(Ask({"GET / HTTP/1.0\r\n\r\n"}),
              AllOf(HasSubstr("Connection: close\r\n"), EndsWith("GET / []")));
  RawClient client(runtime.executor(), server->port());
  RunTask(client.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_THAT(RunTask(client.ReadUntil("[]")), HasSubstr("Connection: keep-alive\r\n"));
}

// The second of three pieces is empty.
Task<http::Response> Pieces(http::Request) {
  http::Response response;
  response.next_chunk = [i = 0](std::string& chunk) mutable {
    ++i;
    if (i != 2) chunk = "piece" + std::to_string(i);
    return i < 3;
  };
  co_return response;
}

TEST_F(HttpServerTest, StreamsInChunks) {
  Serve(Pieces);
  // An empty piece must not look like the end (RFC 9112 section 7.1).
  EXPECT_THAT(Ask({std::string("GET / HTTP/1.1\r\n") + kCloseAfter + "\r\n"}),
              AllOf(HasSubstr("Transfer-Encoding: chunked\r\n"), Not(HasSubstr("Content-Length")),
                    EndsWith("\r\n\r\n6\r\npiece1\r\n6\r\npiece3\r\n0\r\n\r\n")));
  EXPECT_THAT(Ask({"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"}),
              AllOf(HasSubstr("Connection: close\r\n"), Not(HasSubstr("chunked")),
                    EndsWith("\r\n\r\npiece1piece3")));
  EXPECT_THAT(Ask({std::string("HEAD / HTTP/1.1\r\n") + kCloseAfter + "\r\n"}),
              EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, TearsTheConnectionWhenAPieceThrows) {
  log::CaptureForTest([](std::string_view) {});
  Serve([](http::Request) -> Task<http::Response> {
    http::Response response;
    response.next_chunk = [first = true](std::string& chunk) mutable -> bool {
      if (!std::exchange(first, false)) throw std::runtime_error("boom");
      chunk = "begun";
      return true;
    };
    co_return response;
  });
  const std::string answer = Ask({"GET / HTTP/1.1\r\nHost: x\r\n\r\n"});
  log::CaptureForTest(nullptr);
  EXPECT_THAT(answer, EndsWith("5\r\nbegun\r\n"));  // no last chunk: the client knows
}

TEST_F(HttpServerTest, TurnsAnExceptionInto500AndGoesOn) {
  std::vector<std::string> lines;
  log::CaptureForTest([&](std::string_view line) { lines.emplace_back(line); });
  Serve([](http::Request request) -> Task<http::Response> {
    if (request.target == "/bad") throw std::runtime_error("boom");
    http::Response response = co_await Echo(std::move(request));
    co_return response;
  });
  const std::string answer =
      Ask({std::string("GET /bad HTTP/1.1\r\nHost: x\r\n\r\nGET /good HTTP/1.1\r\n") + kCloseAfter +
           "\r\n"});
  log::CaptureForTest(nullptr);
  EXPECT_THAT(answer,
              AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("boom")), EndsWith("GET /good []")));
  EXPECT_THAT(lines, ::testing::Contains(AllOf(HasSubstr("/bad"), HasSubstr("boom"))));
}

TEST_F(HttpServerTest, RefusesAnswersThatWouldSmuggleHeaders) {
  log::CaptureForTest([](std::string_view) {});
  Serve([](http::Request) -> Task<http::Response> {
    http::Response response;
    response.headers.Add("X-A", "b\r\nSet-Cookie: c");
    co_return response;
  });
  const std::string answer = Ask({std::string("GET / HTTP/1.1\r\n") + kCloseAfter + "\r\n"});
  log::CaptureForTest(nullptr);
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 500 "), Not(HasSubstr("Set-Cookie"))));
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  Serve(Echo);
  HttpServerOptions options;
  options.address = "127.0.0.1";
  options.port = server->port();
  HttpServer second(runtime.executor(), options, Echo);
  const auto started = second.Start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorKind::kUnreachable);
  EXPECT_THAT(started.error().message,
              HasSubstr("listen on 127.0.0.1:" + std::to_string(options.port) +
                        ": address already in use"));
}

TEST_F(HttpServerTest, SendsClientsAwayWhileDraining) {
  Serve(Echo);
  server->StartDraining();
  EXPECT_THAT(Ask({"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}), HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServerTest, StopLetsRunningRequestsFinishAndIdleOnesGo) {
  Serve([](http::Request request) -> Task<http::Response> {
    co_await SleepFor(20ms);
    http::Response response = co_await Echo(std::move(request));
    co_return response;
  });
  RawClient idle(runtime.executor(), server->port());
  RawClient busy(runtime.executor(), server->port());
  RunTask(busy.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  RunTask(SleepFor(5ms));
  EXPECT_EQ(server->connections(), 2U);
  TaskGroup side(runtime.executor());
  std::string answer;
  struct Reader {
    static Task<void> Run(RawClient* client, std::string* out) {
      *out = co_await client->ReadAll();
    }
  };
  side.Spawn("reader", Reader::Run(&busy, &answer));
  const MonoTime start = SteadyNow();

  RunTask(server->Stop(5s));

  EXPECT_LT(SteadyNow() - start, 3s);
  RunTask(SleepFor(5ms));
  EXPECT_THAT(answer, EndsWith("GET / []"));
  EXPECT_EQ(server->connections(), 0U);
  RunTask(side.Stop(1s));
}

TEST_F(HttpServerTest, StopCancelsRequestsAfterTheGrace) {
  bool cancelled = false;
  Serve([&cancelled](http::Request) -> Task<http::Response> {
    const bool slept = co_await SleepFor(1h);
    cancelled = !slept;
    co_return http::Response();
  });
  RawClient client(runtime.executor(), server->port());
  RunTask(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  RunTask(SleepFor(5ms));

  RunTask(server->Stop(10ms));

  EXPECT_TRUE(cancelled);
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(HttpServerTest, MayBeDestroyedUnderOpenConnections) {
  Serve(Echo);
  RawClient client(runtime.executor(), server->port());
  RunTask(client.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_THAT(RunTask(client.ReadUntil("[]")), EndsWith("[]"));
  server.reset();
  EXPECT_EQ(RunTask(client.ReadAll()), "");
}

}  // namespace
}  // namespace mpl::net
