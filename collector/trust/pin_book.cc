#include "collector/trust/pin_book.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mpl::trust {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kSha256HexDigits = 64;

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool IsSha256Hex(const std::string& text) {
  return text.size() == kSha256HexDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

std::string WritePin(const Pin& pin) {
  const Json json = {
      {"k", pin.public_key_sha256}, {"b", pin.boot_id}, {"u", pin.node_uid}, {"t", pin.pinned_at}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Pin> ParsePin(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return Fail(ErrorKind::kMalformed, "not a JSON object");
  Pin pin{.public_key_sha256 = Text(json, "k"),
          .boot_id = Text(json, "b"),
          .node_uid = Text(json, "u"),
          .pinned_at = Text(json, "t"),
          .subject = Text(json, "c"),
          .issuer = Text(json, "i")};
  if (!IsSha256Hex(pin.public_key_sha256)) {
    return Fail(ErrorKind::kMalformed, "\"k\" is not a SHA-256 in 64 lower-case hex digits");
  }
  return pin;
}

PinBook PinBook::Parse(const std::map<std::string, std::string>& data,
                       std::vector<std::string>* faults) {
  PinBook book;
  for (const auto& [node, text] : data) {
    auto pin = ParsePin(text);
    if (pin) {
      book.Put(node, std::move(*pin));
    } else if (faults != nullptr) {
      faults->push_back("data[" + node + "]: " + pin.error().message);
    }
  }
  return book;
}

const Pin* PinBook::Find(std::string_view node) const {
  const auto found = pins_.find(node);
  return found == pins_.end() ? nullptr : &found->second;
}

}  // namespace mpl::trust
