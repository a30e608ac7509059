// How the readers of Kubernetes' protobuf take fields apart. Internal to kube/objects.
#pragma once

#include <protozero/pbf_message.hpp>
#include <string_view>
#include <utility>

#include "kube/base/error.h"

namespace mpl::objects {

using protozero::data_view;
using protozero::pbf_reader;

// Field number and wire type at once: a field of an unexpected wire type is skipped like an unknown
// one (protozero's getters only assert the type).
constexpr std::uint32_t Bytes(std::uint32_t field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::length_delimited);
}
constexpr std::uint32_t Varint(std::uint32_t field) {
  return protozero::tag_and_type(field, protozero::pbf_wire_type::varint);
}

inline data_view View(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view View(data_view bytes) { return {bytes.data(), bytes.size()}; }

// Runs `read`; protozero throws on bad bytes, which is for us an expected failure.
template <class T, class Read>
Result<T> Guard(const char* what, Read read) {
  try {
    return read();
  } catch (const protozero::exception& e) {
    return Fail(ErrorKind::kMalformed, std::string(what) + " in protobuf: " + e.what());
  }
}

}  // namespace mpl::objects
