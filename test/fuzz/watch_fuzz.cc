// The body of a watch. The first byte chooses the framing; the rest comes whole, byte by byte, and
// in random pieces: the frames must be the same.
#include "kube/machinery/watch_decoder.h"

#include "kube/base/text.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using machinery::FrameSplitter;
using machinery::Framing;

constexpr std::size_t kLimitBytes = 512;

struct Stream {
  std::vector<std::string> frames;
  std::size_t pending = 0;
  bool too_large = false;
  friend bool operator==(const Stream&, const Stream&) = default;
};

Stream Read(Framing framing, const std::vector<std::string_view>& pieces) {
  Stream stream;
  FrameSplitter splitter(framing, kLimitBytes);
  for (const std::string_view piece : pieces) {
    splitter.Feed(piece);
    for (;;) {
      const auto frame = splitter.Next();
      if (!frame) {
        Require(frame.error().kind == ErrorKind::kRequestTooLarge, "a splitter only refuses size");
        stream.too_large = true;
        return stream;
      }
      if (!*frame) break;
      Require((*frame)->size() <= kLimitBytes, "no frame is larger than the limit");
      stream.frames.emplace_back(**frame);
    }
  }
  stream.pending = splitter.pending();
  return stream;
}

void CheckEvent(std::string_view frame) {
  const auto event = machinery::DecodeJsonWatchEvent(frame);
  if (!event)
    return Require(event.error().kind == ErrorKind::kMalformed, "a bad event is malformed");
  const auto meta = objects::ParseObjectMeta(event->object);
  if (meta) objects::EndsInitialEvents(*meta);
  Require(!machinery::ErrorOfWatchEvent(event->object).message.empty(), "a failure says something");
}

}  // namespace

void Check(std::string_view input) {
  if (input.empty()) return;
  const Framing framing = input[0] == '#' ? Framing::kLengthPrefix : Framing::kLines;
  const std::string_view body = input.substr(1);
  const Stream whole = Read(framing, {body});
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < body.size(); ++i) bytes.push_back(body.substr(i, 1));
  Require(Read(framing, bytes) == whole || whole.too_large, "byte by byte gives the same frames");
  Require(Read(framing, Dice(input).Cut(body)).frames == whole.frames,
          "every split gives the same frames");

  for (const std::string& frame : whole.frames) {
    if (framing == Framing::kLines) {
      Require(frame.find('\n') == std::string::npos && !Trim(frame).empty(), "a frame is one line");
      CheckEvent(frame);
    } else {
      machinery::ErrorOfProtobufWatchEvent(frame);
    }
  }
}

}  // namespace mpl::fuzz
