// Semantics: Go's net/url (query '+' and ';' rules), with errors where Go drops a parameter.
#include "kube/http/url.h"

#include <gmock/gmock.h>

namespace mpl::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Target, SplitsBeforeItDecodes) {
  const auto target = ParseTarget("/apis/g/v1/namespaces/a%2Fpods/x%20y");
  ASSERT_TRUE(target);
  EXPECT_THAT(target->segments, ElementsAre("apis", "g", "v1", "namespaces", "a/pods", "x y"));
  EXPECT_EQ(target->path, "/apis/g/v1/namespaces/a/pods/x y");
}

TEST(Target, DropsSlashesAtBothEndsButKeepsHoles) {
  EXPECT_THAT(ParseTarget("//apis/g/")->segments, ElementsAre("apis", "g"));
  EXPECT_THAT(ParseTarget("/a//b")->segments, ElementsAre("a", "", "b"));
  EXPECT_THAT(ParseTarget("/")->segments, ElementsAre());
  EXPECT_EQ(ParseTarget("/a+b")->path, "/a+b");
}

TEST(Target, RefusesWhatIsNoPath) {
  for (const char* text : {"", "*", "apis", "http://host/apis", "/a%zz", "/a%2", "/%"}) {
    const auto target = ParseTarget(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().kind, ErrorKind::kBadRequest);
  }
}

TEST(Query, DecodesPlusEscapesAndRepeatedNames) {
  const auto query = Query::Parse("a=1+2&a=%33&b&c=&%64=x=y&&");
  ASSERT_TRUE(query);
  EXPECT_THAT(query->GetAll("a"), ElementsAre("1 2", "3"));
  EXPECT_EQ(query->Get("a"), "1 2");
  EXPECT_TRUE(query->Has("b"));
  EXPECT_EQ(query->Get("c"), "");
  EXPECT_EQ(query->Get("d"), "x=y");
  EXPECT_FALSE(query->Has("e"));
}

TEST(Query, IsNeverDroppedSilently) {
  // metrics-server 0.9 answers labelSelector=%zz with the full list.
  EXPECT_THAT(ParseTarget("/x?labelSelector=%zz").error().message,
              HasSubstr("\"labelSelector=%zz\" has an invalid % escape"));
  EXPECT_THAT(Query::Parse("a=1;b=2").error().message, HasSubstr("';'"));
  EXPECT_EQ(Query::Parse("a=1%3Bb")->Get("a"), "1;b");
}

// Each costs a hundred bytes here, and a stranger may send a mebibyte of them.
TEST(Target, TakesNoMorePartsThanAnybodyNeeds) {
  const auto repeated = [](const std::string& part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += part;
    return text;
  };
  EXPECT_TRUE(ParseTarget("/x?a" + repeated("&a", 999)));
  EXPECT_THAT(ParseTarget("/x?a" + repeated("&a", 1'000)).error().message,
              HasSubstr("more than 1000 parameters"));
  EXPECT_TRUE(ParseTarget(repeated("/a", 100)));
  EXPECT_THAT(ParseTarget(repeated("/a", 101)).error().message,
              HasSubstr("more than 100 segments"));
}

TEST(Query, ReadsFlagsAsTheApiServerDoes) {
  const auto query = Query::Parse("empty&one=1&yes=true&zero=0&no=False&odd=abc");
  EXPECT_TRUE(query->Flag("empty"));
  EXPECT_TRUE(query->Flag("one"));
  EXPECT_TRUE(query->Flag("yes"));
  EXPECT_TRUE(query->Flag("odd"));
  EXPECT_FALSE(query->Flag("zero"));
  EXPECT_FALSE(query->Flag("no"));
  EXPECT_FALSE(query->Flag("absent"));
}

}  // namespace
}  // namespace mpl::http
