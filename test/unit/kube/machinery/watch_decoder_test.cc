#include "kube/machinery/watch_decoder.h"

#include <gmock/gmock.h>

#include <protozero/pbf_writer.hpp>

namespace mpl::machinery {
namespace {

using testing::ElementsAre;

// Feeds `bytes` cut at the given places and collects every frame.
std::vector<std::string> Split(Framing framing, std::string_view bytes,
                               const std::vector<std::size_t>& cuts) {
  FrameSplitter splitter(framing);
  std::vector<std::string> frames;
  std::size_t from = 0;
  auto feed = [&](std::size_t to) {
    splitter.Feed(bytes.substr(from, to - from));
    from = to;
    for (;;) {
      const auto frame = splitter.Next();
      EXPECT_TRUE(frame) << frame.error().message;
      if (!frame || !*frame) return;
      frames.emplace_back(**frame);
    }
  };
  for (const std::size_t cut : cuts) feed(cut);
  feed(bytes.size());
  EXPECT_EQ(splitter.pending(), 0U);
  return frames;
}

const std::string kLines = "{\"a\":1}\n{\"b\":2}\r\n\n{\"c\":3}\n";
const std::string kPrefixed("\0\0\0\3abc\0\0\0\0\0\0\0\2\n\n", 4 + 3 + 4 + 4 + 2);

TEST(FrameSplitter, FindsLinesHoweverTheyAreCut) {
  for (std::size_t a = 0; a <= kLines.size(); ++a) {
    for (std::size_t b = a; b <= kLines.size(); ++b) {
      ASSERT_THAT(Split(Framing::kLines, kLines, {a, b}),
                  ElementsAre("{\"a\":1}", "{\"b\":2}\r", "{\"c\":3}"))
          << a << "," << b;
    }
  }
}

TEST(FrameSplitter, FindsPrefixedFramesHoweverTheyAreCut) {
  for (std::size_t a = 0; a <= kPrefixed.size(); ++a) {
    for (std::size_t b = a; b <= kPrefixed.size(); ++b) {
      ASSERT_THAT(Split(Framing::kLengthPrefix, kPrefixed, {a, b}), ElementsAre("abc", "", "\n\n"))
          << a << "," << b;
    }
  }
}

TEST(FrameSplitter, TakesBytesOneByOne) {
  std::vector<std::size_t> every(kLines.size());
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = i;
  EXPECT_EQ(Split(Framing::kLines, kLines, every).size(), 3U);
}

TEST(FrameSplitter, RefusesAFrameOverTheLimitBeforeItIsWhole) {
  FrameSplitter lines(Framing::kLines, 10);
  lines.Feed("0123456789");
  EXPECT_TRUE(lines.Next());
  lines.Feed("x");
  ASSERT_FALSE(lines.Next());
  EXPECT_EQ(lines.Next().error().kind, ErrorKind::kRequestTooLarge);

  FrameSplitter prefixed(Framing::kLengthPrefix, 10);
  prefixed.Feed(std::string_view("\0\0\0\x0b", 4));
  EXPECT_FALSE(prefixed.Next());
  FrameSplitter huge(Framing::kLengthPrefix);
  huge.Feed("\xff\xff\xff\xff");
  EXPECT_FALSE(huge.Next());
}

TEST(FrameSplitter, KeepsWhatWasCutOff) {
  FrameSplitter splitter(Framing::kLines);
  splitter.Feed("{\"a\":1}\n{\"b\"");
  EXPECT_TRUE(splitter.Next().value());
  EXPECT_FALSE(splitter.Next().value());
  EXPECT_EQ(splitter.pending(), 4U);
}

TEST(WatchDecoder, KnowsTheFramingByContentType) {
  EXPECT_EQ(FramingOf("application/vnd.kubernetes.protobuf;stream=watch"), Framing::kLengthPrefix);
  EXPECT_EQ(FramingOf("application/json"), Framing::kLines);
  EXPECT_EQ(FramingOf("application/json;stream=watch"), Framing::kLines);
}

TEST(WatchDecoder, DecodesJsonEvents) {
  const auto event = DecodeJsonWatchEvent(R"({"type":"MODIFIED","object":{"kind":"Node"}})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, WatchType::kModified);
  EXPECT_EQ(event->object["kind"], "Node");
}

TEST(WatchDecoder, RefusesWhatIsNoEvent) {
  for (const char* frame : {"", "{", "[]", "{}", R"({"type":"ADDED"})", R"({"type":1,"object":{}})",
                            R"({"type":"ADDED","object":3})", R"({"type":"MOVED","object":{}})"}) {
    const auto event = DecodeJsonWatchEvent(frame);
    ASSERT_FALSE(event) << frame;
    EXPECT_EQ(event.error().kind, ErrorKind::kMalformed);
  }
}

TEST(WatchDecoder, ReadsTheStatusOfAnErrorEvent) {
  const auto json =
      objects::Json::parse(R"j({"kind":"Status","message":"too old resource version: 1 (9)",)j"
                           R"j("reason":"Expired","code":410})j");
  EXPECT_EQ(ErrorOfWatchEvent(json).kind, ErrorKind::kGone);
  EXPECT_EQ(ErrorOfWatchEvent(objects::Json::object()).kind, ErrorKind::kMalformed);
}

// Status{3: message, 4: reason, 5: details{5: retryAfterSeconds}, 6: code}, built with protozero.
TEST(WatchDecoder, ReadsTheProtobufStatusOfAnErrorEvent) {
  std::string status;
  protozero::pbf_writer writer(status);
  writer.add_string(3, "slow down");
  writer.add_string(4, "TooManyRequests");
  {
    protozero::pbf_writer details(writer, 5);
    details.add_int32(5, 7);
  }
  writer.add_int32(6, 429);
  std::string object("k8s\0", 4);
  protozero::pbf_writer envelope(object);
  envelope.add_bytes(2, status);

  const Error error = ErrorOfProtobufWatchEvent(object);
  EXPECT_EQ(error.kind, ErrorKind::kTooManyRequests);
  EXPECT_EQ(error.message, "slow down");
  EXPECT_EQ(error.retry_after, std::chrono::seconds(7));
  EXPECT_EQ(ErrorOfProtobufWatchEvent("{}").kind, ErrorKind::kMalformed);
}

}  // namespace
}  // namespace mpl::machinery
