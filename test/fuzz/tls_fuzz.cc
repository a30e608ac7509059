// TLS records behind a handshake. The input is a script: each step is a type, a size and so many
// bytes, which are sealed with the other side's keys; size 255 means that the rest is sent as it
// is. The stream comes whole and in random pieces, to a client and to a server: what is told must
// be the same, and data must be what was sealed.
#include "kube/tls/records.h"

#include <string>

#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using tls::Protection;
using tls::Records;

constexpr tls::Suite kSuite = tls::Suite::kChaCha20Poly1305;

tls::Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

tls::Secret SecretOf(char fill) { return tls::Secret(AsBytes(std::string(32, fill))); }

struct Told {
  std::string data;
  std::string ending;
  friend bool operator==(const Told&, const Told&) = default;
};

std::string Sealed(Protection& peer, std::uint8_t type, std::string_view content) {
  const std::size_t length = content.size() + 1 + tls::kTagBytes;
  const std::string header = {23, 3, 3, static_cast<char>(length >> 8U), static_cast<char>(length)};
  std::string sealed(length, ' ');
  Require(peer.Seal(AsBytes(header), AsBytes(content), type,
                    reinterpret_cast<std::uint8_t*>(sealed.data())),
          "OpenSSL seals");
  return header + sealed;
}

constexpr char kServers = 's';
constexpr char kClients = 'c';

// To a side of its own: the stream, and the data in it as far as every step before is data.
std::string StreamOf(std::string_view script, tls::Side side, std::string& plain_data) {
  const char peers = side == tls::Side::kClient ? kServers : kClients;
  Protection peer = *Protection::Create(kSuite, SecretOf(peers));
  std::string stream;
  bool plain = true;
  while (script.size() >= 2) {
    const auto type = static_cast<std::uint8_t>(script[0]);
    const auto size = static_cast<std::uint8_t>(script[1]);
    script.remove_prefix(2);
    if (size == 255) return stream + std::string(script);
    const std::string_view content = script.substr(0, size);
    script.remove_prefix(content.size());
    stream += Sealed(peer, type, content);
    // A KeyUpdate that is right has new keys behind it.
    if (type == 22 && content.ends_with(std::string_view("\x18\0\0\1\0", 5))) {
      Require(peer.Update(), "OpenSSL derives");
    }
    plain = plain && type == 23;
    if (plain) plain_data += content;
  }
  return stream;
}

Told Read(const std::vector<std::string_view>& pieces, tls::Side side) {
  Records records = *Records::Create(kSuite, side, SecretOf(kServers), SecretOf(kClients));
  Told told;
  std::string waiting;
  for (const std::string_view piece : pieces) {
    waiting += piece;
    for (;;) {
      // Exactly as much room as it asks for: AddressSanitizer sees a byte more.
      std::vector<char> plain(Records::PlainRoom(waiting));
      const auto taken = records.Take(waiting, plain.data());
      if (taken.what == Records::Came::kPart) break;
      Require(taken.data <= plain.size(), "data lies in the room for it");
      told.data.append(plain.data(), taken.data);
      if (taken.what == Records::Came::kClosed) {
        told.ending = "closed";
        return told;
      }
      if (taken.what == Records::Came::kFault) {
        told.ending = std::to_string(records.fault().alert) +
                      (records.fault().from_peer ? " from the peer" : " from us");
        return told;
      }
      Require(taken.used > tls::kHeaderBytes && taken.used <= waiting.size(), "it takes a record");
      waiting.erase(0, taken.used);
    }
  }
  told.ending = "more " + std::to_string(waiting.size());
  std::string out;
  Require(records.Seal(out, "answer") && !out.empty(), "it goes on sending");
  return told;
}

}  // namespace

void Check(std::string_view input) {
  for (const tls::Side side : {tls::Side::kClient, tls::Side::kServer}) {
    std::string plain_data;
    const std::string stream = StreamOf(input, side, plain_data);
    const Told whole = Read({stream}, side);
    Require(Read(Dice(input).Cut(stream), side) == whole, "every split tells the same");
    const bool begins_alike = std::string_view(whole.data).starts_with(plain_data) ||
                              std::string_view(plain_data).starts_with(whole.data);
    Require(begins_alike, "data is what was sealed");
  }
}

}  // namespace mpl::fuzz
