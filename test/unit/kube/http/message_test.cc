#include "kube/http/message.h"

#include <gmock/gmock.h>

namespace mpl::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> Fields(const Headers& headers) {
  return {headers.begin(), headers.end()};
}

TEST(Headers, ComparesNamesWithoutCase) {
  const Headers headers{{"Content-Type", "text/plain"}};
  EXPECT_EQ(headers.Get("content-type"), "text/plain");
  EXPECT_TRUE(headers.Has("CONTENT-TYPE"));
  EXPECT_FALSE(headers.Has("Content-Typ"));
}

TEST(Headers, TellsAbsentFromEmpty) {
  const Headers headers{{"X-Empty", ""}};
  EXPECT_EQ(headers.Get("X-Empty"), "");
  EXPECT_TRUE(headers.Has("X-Empty"));
  EXPECT_EQ(headers.Get("X-Absent"), "");
  EXPECT_FALSE(headers.Has("X-Absent"));
}

TEST(Headers, KeepsRepeatedFieldsInOrder) {
  Headers headers;
  headers.Add("X-Remote-Group", "a");
  headers.Add("X-Remote-User", "u");
  headers.Add("x-remote-group", "b");

  EXPECT_EQ(headers.Get("X-Remote-Group"), "a");
  EXPECT_THAT(headers.GetAll("X-Remote-Group"), ElementsAre("a", "b"));
  EXPECT_THAT(headers.GetAll("X-Other"), IsEmpty());
  EXPECT_EQ(headers.size(), 3U);
}

TEST(Headers, SetsOneInPlaceOfMany) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.Set("A", "4");
  EXPECT_THAT(Fields(headers), ElementsAre(Pair("B", "2"), Pair("A", "4")));
}

TEST(Headers, RemovesEveryFieldOfAName) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.Remove("a");
  EXPECT_THAT(Fields(headers), ElementsAre(Pair("B", "2")));
  headers.Remove("absent");
  EXPECT_EQ(headers.size(), 1U);
}

}  // namespace
}  // namespace mpl::http
