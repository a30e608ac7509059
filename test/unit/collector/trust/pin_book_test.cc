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
                     .pinned_at = "2026-11-21T12:00:00Z",
                     .subject = "CN=node1@1763724000",
                     .issuer = "CN=node1-ca@1763724000"};
  ASSERT_NE(book.Find("node1"), nullptr);
  EXPECT_EQ(*book.Find("node1"), expected);
  EXPECT_EQ(book.Find("node2"), nullptr);
  EXPECT_THAT(faults, ElementsAre());

  Pin stored = expected;
  stored.subject = stored.issuer = "";
  EXPECT_EQ(ParsePin(WritePin(expected)), Result<Pin>(stored));
}

TEST(PinBook, WritesAnyBootIdAsValidJson) {
  const Pin pin{.public_key_sha256 = kKey, .boot_id = "\"\n\xff"};

  const auto again = ParsePin(WritePin(pin));

  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->public_key_sha256, kKey);
}

// Kubernetes allows 1 MiB for all values of a ConfigMap (MaxSecretSize in its validation).
TEST(PinBook, EntriesOfFiveThousandNodesFitIntoAConfigMap) {
  const Pin pin{.public_key_sha256 = kKey,
                .boot_id = "1b1e5fc0-1a23-4c3c-9c67-3c3c6b9d7a10",
                .node_uid = "7d1f7ab4-96a5-4f4d-8a0e-52d2a1f0d4f2",
                .pinned_at = "2026-11-21T12:00:00Z",
                .subject = "CN=ip-10-0-128-17.eu-central-1.compute.internal@1763724000",
                .issuer = "CN=ip-10-0-128-17.eu-central-1.compute.internal-ca@1763724000"};
  EXPECT_LE(5000 * WritePin(pin).size(), 1U << 20U);
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

}  // namespace
}  // namespace mpl::trust
