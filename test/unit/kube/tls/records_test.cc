// Rules: RFC 8446 sections 4.6, 5 and 6.
#include "kube/tls/records.h"

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>

#include "test/unit/kube/tls/octets.h"

namespace mpl::tls {
namespace {

using std::string_literals::operator""s;

constexpr Suite kSuite = Suite::kAes128Gcm;
constexpr char kAlertType = 21;
constexpr char kHandshakeType = 22;
constexpr char kDataType = 23;

// Records count: they are to be sealed in this order.
std::string Join(std::initializer_list<std::string> records) {
  std::string stream;
  for (const std::string& record : records) stream += record;
  return stream;
}

// The other side, which may seal what it likes.
class Peer {
 public:
  explicit Peer(Side ours)
      : to_us(*Protection::Create(
            kSuite, SecretFrom(ours == Side::kClient ? kServerSecret : kClientSecret))),
        from_us(*Protection::Create(
            kSuite, SecretFrom(ours == Side::kClient ? kClientSecret : kServerSecret))) {}

  std::string Record(const std::string& content, char type, std::size_t padding = 0) {
    std::string plain = content;
    if (padding > 0) plain += type + std::string(padding - 1, '\0');
    const std::size_t length = plain.size() + 1 + kTagBytes;
    const std::string header = {23, 3, 3, static_cast<char>(length >> 8U),
                                static_cast<char>(length)};
    std::string sealed(length, ' ');
    EXPECT_TRUE(to_us.Seal(View(header), View(plain),
                           static_cast<std::uint8_t>(padding > 0 ? '\0' : type),
                           reinterpret_cast<std::uint8_t*>(sealed.data())));
    return header + sealed;
  }
  std::string Data(const std::string& text) { return Record(text, kDataType); }
  std::string Message(char type, const std::string& body) {
    return std::string{type, 0, static_cast<char>(body.size() >> 8U),
                       static_cast<char>(body.size())} +
           body;
  }
  // What a record of ours holds, its type behind it.
  std::string Open(std::string_view record) { return OpenRecord(from_us, record); }

  Protection to_us;
  Protection from_us;
};

Records RecordsOf(Side side) {
  return *Records::Create(kSuite, side, SecretFrom(kServerSecret), SecretFrom(kClientSecret));
}

// RFC 8446 section 5.5: a key is renewed before it has sealed too much, and the peer is told.
TEST(WornKeys, AreRenewedBetweenTwoRecords) {
  Peer peer(Side::kClient);
  auto records = *Records::Create(kSuite, Side::kClient, SecretFrom(kServerSecret),
                                  SecretFrom(kClientSecret), 3);
  const auto seal = [&](const std::string& text) {
    std::string sealed;
    EXPECT_TRUE(records.Seal(sealed, text));
    return sealed;
  };
  const std::string update("\x18\0\0\x01\0", 5);
  for (const std::string text : {"one", "two", "three"}) {
    EXPECT_EQ(peer.Open(seal(text)), text + kDataType);
  }
  const std::string two = seal("four");
  const std::size_t first = kHeaderBytes + update.size() + 1 + kTagBytes;
  EXPECT_EQ(peer.Open(two.substr(0, first)), update + kHandshakeType);
  ASSERT_TRUE(peer.from_us.Update());
  EXPECT_EQ(peer.Open(two.substr(first)), std::string("four") + kDataType);
  EXPECT_EQ(peer.Open(seal("five")), std::string("five") + kDataType);
}

class RecordsTest : public testing::Test {
 protected:
  explicit RecordsTest(Side side = Side::kClient) : peer(side), records(RecordsOf(side)) {}

  // "[data]" for each record of data, "." for others, then what ended it: "closed", "alert <n>",
  // "peer's alert <n>", or "more" with the bytes that are left.
  std::string Take(std::string_view bytes) {
    std::string told;
    for (;;) {
      std::string plain(Records::PlainRoom(bytes), ' ');
      const auto taken = records.Take(bytes, plain.data());
      bytes.remove_prefix(taken.used);
      switch (taken.what) {
        case Records::Came::kPart:
          return bytes.empty() ? told : told + "more " + std::to_string(bytes.size());
        case Records::Came::kData:
          told += "[" + plain.substr(0, taken.data) + "]";
          break;
        case Records::Came::kControl:
          told += ".";
          break;
        case Records::Came::kClosed:
          return told + "closed";
        case Records::Came::kFault:
          return told + (records.fault().from_peer ? "peer's alert " : "alert ") +
                 std::to_string(records.fault().alert);
      }
    }
  }

  Peer peer;
  Records records;
};

TEST_F(RecordsTest, SealsWhatRfc8448Seals) {
  std::string out;
  ASSERT_TRUE(records.Seal(out, FirstFifty()));
  EXPECT_EQ(out, Octets(kClientRecord));
  out.clear();
  ASSERT_TRUE(records.SealAlert(out, Alert::kCloseNotify));
  EXPECT_EQ(out, Octets(kClientClose));
}

TEST_F(RecordsTest, TakesDataThroughPaddingAndEmptyRecords) {
  EXPECT_EQ(Take(Join({peer.Data("one"), peer.Data(""), peer.Record("two", kDataType, 200)})),
            "[one].[two]");
  EXPECT_EQ(Take(peer.Data(std::string(Records::kMostPlainBytes, 'x'))),
            "[" + std::string(Records::kMostPlainBytes, 'x') + "]");
}

TEST_F(RecordsTest, WaitsForARecordHoweverItIsSplit) {
  const std::string record = peer.Data("hello");
  for (std::size_t cut = 0; cut < record.size(); ++cut) {
    records = RecordsOf(Side::kClient);
    EXPECT_EQ(Take(record.substr(0, cut)), cut == 0 ? "" : "more " + std::to_string(cut));
    EXPECT_EQ(Take(record), "[hello]");
  }
}

TEST_F(RecordsTest, PassesOverTicketsHoweverTheyAreCut) {
  const std::string ticket = peer.Message(4, std::string(300, 't'));
  EXPECT_EQ(Take(Join({peer.Record(ticket, kHandshakeType), peer.Data("a")})), ".[a]");
  EXPECT_EQ(Take(Join({peer.Record(ticket + ticket, kHandshakeType), peer.Data("b")})), ".[b]");
  for (std::size_t cut = 1; cut < ticket.size(); cut += 7) {
    EXPECT_EQ(Take(Join({peer.Record(ticket.substr(0, cut), kHandshakeType),
                         peer.Record(ticket.substr(cut), kHandshakeType), peer.Data("c")})),
              "..[c]");
  }
}

TEST_F(RecordsTest, TakesNewKeysAndSendsItsOwnWhereAskedTo) {
  std::string stream = peer.Record(peer.Message(24, "\0"s), kHandshakeType);
  ASSERT_TRUE(peer.to_us.Update());
  stream += peer.Data("second keys");
  stream += peer.Record(peer.Message(24, "\1"), kHandshakeType);
  ASSERT_TRUE(peer.to_us.Update());
  stream += peer.Data("third keys");
  EXPECT_EQ(Take(stream), ".[second keys].[third keys]");

  std::string out;
  ASSERT_TRUE(records.Seal(out, "answer"));
  const std::size_t update_bytes = kHeaderBytes + 5 + 1 + kTagBytes;
  EXPECT_EQ(peer.Open(std::string_view(out).substr(0, update_bytes)),
            "\x18\0\0\1\0\x16"s);  // KeyUpdate, update_not_requested
  ASSERT_TRUE(peer.from_us.Update());
  EXPECT_EQ(peer.Open(std::string_view(out).substr(update_bytes)), "answer\x17");
  out.clear();
  ASSERT_TRUE(records.Seal(out, "more"));
  EXPECT_EQ(peer.Open(out), "more\x17");
}

TEST_F(RecordsTest, ALongTextIsCutIntoRecords) {
  const std::string text(Records::kMostPlainBytes + 10, 'x');
  std::string out;
  ASSERT_TRUE(records.Seal(out, text));
  const std::size_t first = kHeaderBytes + Records::kMostPlainBytes + 1 + kTagBytes;
  EXPECT_EQ(peer.Open(std::string_view(out).substr(0, first)),
            text.substr(0, Records::kMostPlainBytes) + '\x17');
  EXPECT_EQ(peer.Open(std::string_view(out).substr(first)), std::string(10, 'x') + '\x17');
}

TEST_F(RecordsTest, EndsWithCloseNotify) {
  EXPECT_EQ(Take(Join({peer.Data("last"), peer.Record("\1\0"s, kAlertType), "whatever follows"})),
            "[last]closed");
}

TEST_F(RecordsTest, TellsThePeersAlert) {
  EXPECT_EQ(Take(Join({peer.Record("\1\x5a", kAlertType), peer.Record("\2\x74", kAlertType)})),
            ".peer's alert 116");  // user_canceled is passed over; certificate_required
}

struct Wrong {
  const char* name;
  std::function<std::string(Peer&)> stream;
  const char* told;
};
class RefusedRecords : public RecordsTest, public testing::WithParamInterface<Wrong> {};

TEST_P(RefusedRecords, WithTheAlertOfTheRfc) {
  EXPECT_EQ(Take(GetParam().stream(peer)), GetParam().told);
}

std::string Bent(std::string record) {
  record.back() = static_cast<char>(record.back() ^ 1);
  return record;
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedRecords,
    testing::Values(
        Wrong{"bent", [](Peer& s) { return Bent(s.Data("text")); }, "alert 20"},
        Wrong{"twice",
              [](Peer& s) {
                const auto r = s.Data("a");
                return r + r;
              },
              "[a]alert 20"},
        Wrong{"too_short", [](Peer&) { return "\x17\3\3\0\2hi"s; }, "alert 20"},
        Wrong{"in_the_clear", [](Peer&) { return "\x15\3\3\0\2\2\x28"s; }, "alert 10"},
        Wrong{"change_cipher_spec", [](Peer&) { return "\x14\3\3\0\1\1"s; }, "alert 10"},
        Wrong{"http", [](Peer&) { return "HTTP/1.1 400 Bad Request"s; }, "alert 10"},
        Wrong{"announces_too_much", [](Peer&) { return "\x17\3\3\x41\1"s; }, "alert 22"},
        Wrong{"holds_too_much",
              [](Peer& s) { return s.Data(std::string(Records::kMostPlainBytes + 1, 'x')); },
              "alert 22"},
        Wrong{"zeros_only", [](Peer& s) { return s.Record("", '\0'); }, "alert 10"},
        Wrong{"unknown_type", [](Peer& s) { return s.Record("x", 24); }, "alert 10"},
        Wrong{"alert_of_one_byte", [](Peer& s) { return s.Record("\2", kAlertType); }, "alert 50"},
        Wrong{"empty_handshake", [](Peer& s) { return s.Record("", kHandshakeType); }, "alert 10"},
        Wrong{"asks_for_a_certificate",
              [](Peer& s) { return s.Record(s.Message(13, "xxx"), kHandshakeType); }, "alert 10"},
        Wrong{"new_keys_of_two_bytes",
              [](Peer& s) { return s.Record(s.Message(24, "\0\0"s), kHandshakeType); }, "alert 50"},
        Wrong{"new_keys_of_a_third_kind",
              [](Peer& s) { return s.Record(s.Message(24, "\2"), kHandshakeType); }, "alert 47"},
        Wrong{"something_behind_new_keys",
              [](Peer& s) {
                return s.Record(s.Message(24, "\0"s) + s.Message(4, "t"), kHandshakeType);
              },
              "alert 10"},
        Wrong{"data_within_a_message",
              [](Peer& s) {
                return Join(
                    {s.Record(s.Message(4, "ticket").substr(0, 6), kHandshakeType), s.Data("x")});
              },
              ".alert 10"},
        Wrong{"data_within_the_head_of_a_message",
              [](Peer& s) { return Join({s.Record("\4", kHandshakeType), s.Data("x")}); },
              ".alert 10"},
        Wrong{"nothing_all_the_time",
              [](Peer& s) {
                std::string stream;
                for (int i = 0; i < 33; ++i) stream += s.Data("");
                return stream;
              },
              "................................alert 10"}),
    [](const auto& wrong) { return wrong.param.name; });

TEST(Records, NeedSecretsThatFit) {
  const Secret good = SecretFrom(kServerSecret);
  EXPECT_FALSE(Records::Create(Suite::kAes256Gcm, Side::kClient, good, good));
  EXPECT_FALSE(Records::Create(kSuite, Side::kServer, good, Secret()));
  EXPECT_FALSE(Records::Create(kSuite, Side::kClient, Secret(), good));
}

class ServerRecords : public RecordsTest {
 protected:
  ServerRecords() : RecordsTest(Side::kServer) {}
};

TEST_F(ServerRecords, TakeWhatRfc8448sClientSeals) {
  EXPECT_EQ(Take(Octets(kClientRecord) + Octets(kClientClose)), "[" + FirstFifty() + "]closed");
}

TEST_F(ServerRecords, SealWithTheServersKeysAndRenewThem) {
  std::string out;
  ASSERT_TRUE(records.Seal(out, "answer"));
  EXPECT_EQ(peer.Open(out), "answer\x17");
  EXPECT_EQ(Take(peer.Record(peer.Message(24, "\1"), kHandshakeType)), ".");
  ASSERT_TRUE(peer.to_us.Update());
  EXPECT_EQ(Take(peer.Data("second keys")), "[second keys]");
  out.clear();
  ASSERT_TRUE(records.Seal(out, "more"));
  const std::size_t update_bytes = kHeaderBytes + 5 + 1 + kTagBytes;
  EXPECT_EQ(peer.Open(std::string_view(out).substr(0, update_bytes)), "\x18\0\0\1\0\x16"s);
  ASSERT_TRUE(peer.from_us.Update());
  EXPECT_EQ(peer.Open(std::string_view(out).substr(update_bytes)), "more\x17");
}

// Section 4.6.1: tickets are the server's to send.
TEST_F(ServerRecords, RefuseATicket) {
  EXPECT_EQ(Take(peer.Record(peer.Message(4, "ticket"), kHandshakeType)), "alert 10");
}

}  // namespace
}  // namespace mpl::tls
