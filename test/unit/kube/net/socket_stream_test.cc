#include "kube/net/tls_stream.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "test/unit/kube/net/net_fixture.h"

namespace mpl::net {
namespace {

using boost::asio::ip::tcp;

class SocketStreamTest : public NetTest {
 protected:
  SocketStreamTest() {
    tcp::acceptor acceptor(runtime.executor(), {boost::asio::ip::make_address("127.0.0.1"), 0});
    peer_.connect(acceptor.local_endpoint());
    stream_ = std::make_unique<SocketStream>(acceptor.accept());
  }
  tcp::socket peer_{runtime.executor()};
  std::unique_ptr<SocketStream> stream_;
};

// Reads byte by byte until something else has run in between.
Task<int> CountBytesInARow(IoRuntime* runtime, SocketStream* stream) {
  const auto interrupted = std::make_shared<bool>(false);
  runtime->Post([interrupted] { *interrupted = true; });
  char byte = 0;
  int count = 0;
  for (; count < 1000 && !*interrupted; ++count) {
    const IoResult result = co_await stream->ReadSome(&byte, 1);
    if (result.error) break;
  }
  co_return count;
}

// Bytes that are there cost no turn of the event loop; but not for ever.
TEST_F(SocketStreamTest, LetsOthersTakeTheirTurnWhileThereIsAlwaysSomethingToRead) {
  boost::asio::write(peer_, boost::asio::buffer(std::string(1000, 'x')));

  const int count = RunTask(CountBytesInARow(&runtime, stream_.get()));

  EXPECT_GT(count, 1);
  EXPECT_LT(count, 1000);
}

// Reads byte by byte as long as that goes without an error.
Task<ErrorCode> ReadToAnError(SocketStream* stream) {
  char byte = 0;
  for (;;) {
    const IoResult result = co_await stream->ReadSome(&byte, 1);
    if (result.error) co_return result.error;
  }
}

TEST_F(SocketStreamTest, HoldsTheDeadlineAlsoWhereThereIsAlwaysSomethingToRead) {
  boost::asio::write(peer_, boost::asio::buffer(std::string(1000, 'x')));
  stream_->SetDeadline(SteadyNow() - 1s);

  EXPECT_EQ(RunTask(ReadToAnError(stream_.get())), boost::asio::error::timed_out);

  char byte = 0;
  EXPECT_EQ(stream_->TryRead(&byte, 1).bytes, 1U) << "there was more to read";
}

TEST_F(SocketStreamTest, CanBeCancelledAlsoWhereThereIsAlwaysSomethingToRead) {
  boost::asio::write(peer_, boost::asio::buffer(std::string(1000, 'x')));
  ErrorCode error;
  struct Reader {
    static Task<void> Run(SocketStream* stream, ErrorCode* error) {
      *error = co_await ReadToAnError(stream);
    }
  };
  TaskGroup tasks(runtime.executor());
  tasks.Spawn("reader", Reader::Run(stream_.get(), &error));
  EXPECT_TRUE(RunTask(tasks.Stop(10s)));

  EXPECT_EQ(error, boost::asio::error::operation_aborted);
  char byte = 0;
  EXPECT_EQ(stream_->TryRead(&byte, 1).bytes, 1U) << "there was more to read";
}

// A peer that does not read stops us at what the kernel holds for it; once it reads, the rest goes.
TEST_F(SocketStreamTest, WritesWhatGoesWithoutWaitingAndTheRestLater) {
  const std::string all = [] {
    std::string text;
    for (int i = 0; text.size() < (16U << 20U); ++i) text += std::to_string(i) + " ";
    return text;
  }();

  const IoResult went = stream_->TryWrite(all);

  EXPECT_FALSE(went.error);
  ASSERT_GT(went.bytes, 0U);
  ASSERT_LT(went.bytes, all.size());
  std::string came(all.size(), ' ');
  std::thread reader([&] { boost::asio::read(peer_, boost::asio::buffer(came)); });
  EXPECT_FALSE(RunTask(stream_->WriteAll(std::string_view(all).substr(went.bytes))));
  reader.join();
  EXPECT_EQ(came, all);
}

TEST_F(SocketStreamTest, DoesNothingOnceClosed) {
  stream_->Close();
  char byte = 0;
  EXPECT_EQ(RunTask(stream_->ReadSome(&byte, 1)).error, boost::asio::error::operation_aborted);
  EXPECT_EQ(RunTask(stream_->WriteAll("x")), boost::asio::error::operation_aborted);
  EXPECT_EQ(RunTask(stream_->WaitReadable()), boost::asio::error::operation_aborted);
  EXPECT_EQ(stream_->TryWrite("x").error, boost::asio::error::operation_aborted);
  EXPECT_TRUE(stream_->IsStale());
  stream_->ShutdownWrite();
}

}  // namespace
}  // namespace mpl::net
