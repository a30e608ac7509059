// Writes protobuf from its end to its beginning: a message stands behind its length, which is known
// once the message is written, and so nothing is moved or counted beforehand.
// https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <cstring>
#include <protozero/types.hpp>
#include <protozero/varint.hpp>
#include <string_view>

namespace mpl::handlers {

// Into memory that the caller has, of which there must be enough before `end`.
class BackwardWriter {
 public:
  // Of a tag and a length, or of a tag and a number.
  static constexpr std::size_t kHeadBytes = 5 + protozero::max_varint_length;

  explicit BackwardWriter(char* end) : at_(end) {}

  void Bytes(std::string_view bytes) {
    at_ -= bytes.size();
    std::memcpy(at_, bytes.data(), bytes.size());
  }
  void Text(protozero::pbf_tag_type field, std::string_view text) {
    Bytes(text);
    Head(field, text.size());
  }
  void Number(protozero::pbf_tag_type field, std::int64_t value) {
    Varint(static_cast<std::uint64_t>(value));
    Tag(field, protozero::pbf_wire_type::varint);
  }
  // What has been written since at() was `end` is a message.
  void Message(protozero::pbf_tag_type field, const char* end) {
    Head(field, static_cast<std::size_t>(end - at_));
  }

  const char* at() const { return at_; }

 private:
  void Head(protozero::pbf_tag_type field, std::size_t size) {
    Varint(size);
    Tag(field, protozero::pbf_wire_type::length_delimited);
  }
  void Tag(protozero::pbf_tag_type field, protozero::pbf_wire_type type) {
    Varint(field << 3U | static_cast<std::uint32_t>(type));
  }
  void Varint(std::uint64_t value) {
    at_ -= protozero::length_of_varint(value);
    protozero::add_varint_to_buffer(at_, value);
  }

  char* at_;
};

}  // namespace mpl::handlers
