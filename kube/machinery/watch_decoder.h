// Cuts the body of a watch into frames, however the network cut it into chunks.
//
// JSON: one object a line. Protobuf: 4 bytes of length, big-endian, then so many bytes
// (k8s.io/apimachinery pkg/runtime/serializer/{json,protobuf}, framers).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "kube/base/error.h"
#include "kube/objects/meta.h"
#include "kube/objects/status.h"

namespace mpl::machinery {

enum class Framing { kLines, kLengthPrefix };

// An object in etcd has at most 1.5 MiB by default; in JSON with managedFields it grows a little.
inline constexpr std::size_t kFrameLimitBytes = 16U << 20U;

// kLengthPrefix for "application/vnd.kubernetes.protobuf;stream=watch", else kLines.
Framing FramingOf(std::string_view content_type);

class FrameSplitter {
 public:
  explicit FrameSplitter(Framing framing, std::size_t limit_bytes = kFrameLimitBytes)
      : framing_(framing), limit_bytes_(limit_bytes) {}

  // The frames handed out before become invalid.
  void Feed(std::string_view bytes);
  // The next whole frame, or nothing until more is fed. Empty lines are left out.
  // kRequestTooLarge when a frame is over the limit: the stream is of no more use.
  Result<std::optional<std::string_view>> Next();
  // Bytes of a frame that has not come whole: at the end of a stream, what was cut off.
  std::size_t pending() const { return buffer_.size() - begin_; }

 private:
  Result<std::optional<std::string_view>> NextLine();
  Result<std::optional<std::string_view>> NextPrefixed();
  std::unexpected<Error> TooLarge() const;

  Framing framing_;
  std::size_t limit_bytes_;
  std::string buffer_;
  std::size_t begin_ = 0;    // first byte not handed out
  std::size_t scanned_ = 0;  // no newline between begin_ and here
};

enum class WatchType { kAdded, kModified, kDeleted, kBookmark, kError };

// kMalformed on other words.
Result<WatchType> ParseWatchType(std::string_view text);

// One event of a JSON watch.
struct JsonWatchEvent {
  WatchType type = WatchType::kAdded;
  objects::Json object;
};
Result<JsonWatchEvent> DecodeJsonWatchEvent(std::string_view frame);

// What an ERROR event of either encoding says. `object` is the enveloped object of a protobuf
// event.
Error ErrorOfWatchEvent(const objects::Json& object);
Error ErrorOfProtobufWatchEvent(std::string_view object);

}  // namespace mpl::machinery
