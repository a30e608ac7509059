#include "collector/trust/pin_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpl::trust {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kKey(64, 'a');

TEST(PinBook, ReadsWhatAReplicaWrote) {
  // Form: docs/design/0003-kubelet-pins.md
  const std::string text = R"({"k":")" + kKey +
                           R"(","b":"boot-1","u":"uid-1","c":"CN=node1@1763724000",)"
                           R"("i":"CN=node1-ca@1763724000","t":"2026-11-21T12:00:00Z"})";
  std::vector<std::string> faults;

  const PinBook book = PinBook::Parse({{"node1", text}}, &faults);

  const Pin expected{.public_key_sha256 = kKey,
                     .boot_id = "boot-1",
                     .node_uid = "uid-1",
                     .subject = "CN=node1@1763724000",
                     .issuer = "CN=node1-ca@1763724000",
                     .pinned_at = "2026-11-21T12:00:00Z"};
  ASSERT_NE(book.Find("node1"), nullptr);
  EXPECT_EQ(*book.Find("node1"), expected);
  EXPECT_EQ(book.Find("node2"), nullptr);
  EXPECT_THAT(faults, ElementsAre());
  EXPECT_EQ(ParsePin(WritePin(expected)), Result<Pin>(expected));
}

TEST(PinBook, LeavesOutWhatDoesNotParseAndNamesIt) {
  std::vector<std::string> faults;

  const PinBook book = PinBook::Parse({{"bad-json", "{"},
                                       {"no-key", "{}"},
                                       {"short-key", R"({"k":"ab"})"},
                                       {"text", "\"k\""},
                                       {"wrong-type", R"({"k":7})"},
                                       {"only-key", R"({"k":")" + kKey + R"(","z":[1]})"}},
                                      &faults);

  EXPECT_EQ(book.size(), 1U);
  EXPECT_NE(book.Find("only-key"), nullptr);
  EXPECT_THAT(faults,
              ElementsAre(HasSubstr("bad-json"), HasSubstr("no-key"), HasSubstr("short-key"),
                          HasSubstr("text"), HasSubstr("wrong-type")));
}

TEST(PinBook, WritesAnySubjectAsValidJson) {
  const Pin pin{.public_key_sha256 = kKey, .subject = "CN=\"\n\xff"};

  const auto again = ParsePin(WritePin(pin));

  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->public_key_sha256, kKey);
}

}  // namespace
}  // namespace mpl::trust
