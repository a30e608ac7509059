// Writes text into memory that was made in one piece: for what is written 150,000 times in one
// answer, a check for room at every member would cost more than the bytes.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "collector/handlers/json_text.h"
#include "kube/base/time.h"
#include "kube/objects/quantity.h"

namespace mpl::handlers {

class TextCursor {
 public:
  explicit TextCursor(char* at) : at_(at) {}

  void Put(std::string_view text) {
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  void Put(char c) { *at_++ = c; }
  // In quotes, with escapes.
  void JsonString(std::string_view text) { at_ = WriteJsonString(at_, text); }
  void Nanocores(std::uint64_t value) { at_ = objects::WriteNanocores(at_, value); }
  void Bytes(std::uint64_t value) { at_ = objects::WriteBytes(at_, value); }
  void Time(Rfc3339Writer& times, TimePoint time) { at_ = times.Write(at_, time); }
  void Span(Duration span) { at_ = WriteGoDuration(at_, span); }

  char* at() const { return at_; }

 private:
  char* at_;
};

// Appends what `write` puts, which is at most `most` bytes.
template <class Write>
void AppendWithin(std::string& out, std::size_t most, Write write) {
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + most, [&](char* text, std::size_t) {
    TextCursor cursor(text + before);
    write(cursor);
    return static_cast<std::size_t>(cursor.at() - text);
  });
}

}  // namespace mpl::handlers
