#include "kube/objects/shared_texts.h"

#include <gmock/gmock.h>

namespace mpl::objects {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(TextMap, IsAnOrderedMap) {
  TextMap map = {{"tier", "web"}, {"app", "shop"}};
  EXPECT_THAT(map, ElementsAre(Pair("app", "shop"), Pair("tier", "web")));
  map["app"] = "till";
  map.insert_or_assign("zone", "a");
  map.erase("tier");
  map.erase("nothing");
  EXPECT_THAT(map, ElementsAre(Pair("app", "till"), Pair("zone", "a")));
  EXPECT_EQ(map.find("app")->second, "till");
  EXPECT_EQ(map.find("tier"), map.end());
  map.clear();
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map, TextMap());
}

TEST(TextMap, AWriterLeavesCopiesAlone) {
  TextMap one = {{"app", "shop"}};
  TextMap other = one;
  other["app"] = "till";
  EXPECT_EQ(one.at("app"), "shop");
  EXPECT_EQ(other.at("app"), "till");
}

TEST(TextList, AWriterLeavesCopiesAlone) {
  TextList one = {"app"};
  TextList other = one;
  other.push_back("log");
  EXPECT_THAT(one, ElementsAre("app"));
  EXPECT_THAT(other, ElementsAre("app", "log"));
}

TEST(Shared, EqualValuesHaveOneBody) {
  const TextMap first = Shared(TextMap{{"app", "shop"}});
  const TextMap second = Shared(TextMap{{"app", "shop"}});
  const TextMap third = Shared(TextMap{{"app", "till"}});
  EXPECT_EQ(&first.map(), &second.map());
  EXPECT_NE(&first.map(), &third.map());
  EXPECT_EQ(third.at("app"), "till");
  const TextList list = Shared(TextList{"app", "log"});
  EXPECT_EQ(&list.list(), &Shared(TextList{"app", "log"}).list());
  EXPECT_TRUE(Shared(TextMap()).empty());
  EXPECT_TRUE(Shared(TextList()).empty());
}

TEST(Shared, KeepsToItsValueAmongManyOthers) {
  for (int i = 0; i < 5'000; ++i) {
    const std::string text = std::to_string(i);
    EXPECT_EQ(Shared(TextMap{{"n", text}}).at("n"), text);
  }
}

TEST(SharedText, IsAText) {
  SharedText text = "node1";
  EXPECT_EQ(text, "node1");
  EXPECT_EQ(text, SharedText("node1"));
  EXPECT_FALSE(text == SharedText("node2"));
  EXPECT_FALSE(text.empty());
  EXPECT_TRUE(SharedText().empty());
  EXPECT_EQ(SharedText(""), SharedText());
  EXPECT_EQ(SharedText().text(), "");
}

// More texts than the first sweep of the pool, in an order that comes back to each but once.
TEST(SharedText, EqualOnesHaveOneBodyAsLongAsSomebodyHasThem) {
  std::vector<SharedText> kept;
  for (int i = 0; i < 5'000; ++i) {
    kept.push_back(Shared("kept-" + std::to_string(i)));
    Shared("dropped-" + std::to_string(i));
  }
  for (int i = 0; i < 5'000; ++i) {
    const std::string name = "kept-" + std::to_string(i);
    EXPECT_EQ(kept[static_cast<std::size_t>(i)], name);
    EXPECT_EQ(&Shared(name).text(), &kept[static_cast<std::size_t>(i)].text());
  }
  EXPECT_TRUE(Shared("").empty());
}

}  // namespace
}  // namespace mpl::objects
