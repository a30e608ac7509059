#include "kube/machinery/watch_decoder.h"

#include <algorithm>

#include "kube/base/text.h"
#include "kube/objects/protobuf_meta.h"

namespace mpl::machinery {
namespace {

constexpr std::size_t kPrefixBytes = 4;

std::size_t BigEndian(std::string_view bytes) {
  std::size_t value = 0;
  for (const char byte : bytes.substr(0, kPrefixBytes)) {
    value = value << 8U | static_cast<unsigned char>(byte);
  }
  return value;
}

}  // namespace

Framing FramingOf(std::string_view content_type) {
  return content_type.starts_with("application/vnd.kubernetes.protobuf") ? Framing::kLengthPrefix
                                                                         : Framing::kLines;
}

void FrameSplitter::Feed(std::string_view bytes) {
  buffer_.erase(0, begin_);
  scanned_ = std::max(scanned_, begin_) - begin_;
  begin_ = 0;
  buffer_.append(bytes);
}

Result<std::optional<std::string_view>> FrameSplitter::Next() {
  return framing_ == Framing::kLines ? NextLine() : NextPrefixed();
}

Result<std::optional<std::string_view>> FrameSplitter::NextLine() {
  for (;;) {
    const std::size_t end = buffer_.find('\n', std::max(scanned_, begin_));
    if (end == std::string::npos) {
      scanned_ = buffer_.size();
      if (pending() > limit_bytes_) return TooLarge();
      return std::nullopt;
    }
    const std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
    if (line.size() > limit_bytes_) return TooLarge();
    begin_ = scanned_ = end + 1;
    if (!Trim(line).empty()) return line;
  }
}

Result<std::optional<std::string_view>> FrameSplitter::NextPrefixed() {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  if (rest.size() < kPrefixBytes) return std::nullopt;
  const std::size_t size = BigEndian(rest);
  if (size > limit_bytes_) return TooLarge();
  if (rest.size() < kPrefixBytes + size) return std::nullopt;
  begin_ += kPrefixBytes + size;
  return rest.substr(kPrefixBytes, size);
}

std::unexpected<Error> FrameSplitter::TooLarge() const {
  return Fail(ErrorKind::kRequestTooLarge, "watch: one event is larger than the limit of " +
                                               std::to_string(limit_bytes_) + " bytes");
}

Result<WatchType> ParseWatchType(std::string_view text) {
  if (text == "ADDED") return WatchType::kAdded;
  if (text == "MODIFIED") return WatchType::kModified;
  if (text == "DELETED") return WatchType::kDeleted;
  if (text == "BOOKMARK") return WatchType::kBookmark;
  if (text == "ERROR") return WatchType::kError;
  return Fail(ErrorKind::kMalformed,
              "watch: unknown type of event \"" + std::string(text.substr(0, 40)) + "\"");
}

Result<JsonWatchEvent> DecodeJsonWatchEvent(std::string_view frame) {
  objects::Json json = objects::Json::parse(frame, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("type") || !json["type"].is_string() ||
      !json.contains("object") || !json["object"].is_object()) {
    return Fail(ErrorKind::kMalformed, "watch: an event is not {\"type\": …, \"object\": {…}}");
  }
  const auto type = ParseWatchType(json["type"].get_ref<const std::string&>());
  if (!type) return std::unexpected(type.error());
  return JsonWatchEvent{*type, std::move(json["object"])};
}

Error ErrorOfWatchEvent(const objects::Json& object) {
  const auto status = objects::ParseStatus(object);
  return status ? status->ToError() : status.error();
}

Error ErrorOfProtobufWatchEvent(std::string_view object) {
  const auto opened = objects::OpenProtobufEnvelope(object);
  if (!opened) return opened.error();
  const auto status = objects::ReadProtobufStatus(opened->raw);
  return status ? status->ToError() : status.error();
}

}  // namespace mpl::machinery
