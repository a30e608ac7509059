#include "bench/apiserver/watch_body.h"

#include <gmock/gmock.h>

#include "kube/machinery/watch_decoder.h"
#include "test/unit/bench/apiserver/test_objects.h"

namespace mpl::bench {
namespace {

using testing::ElementsAre;

// "ADDED name", "BOOKMARK version", "BOOKMARK version end", "ERROR code": one a frame of JSON.
std::vector<std::string> Frames(const std::string& text) {
  machinery::FrameSplitter frames(machinery::Framing::kLines);
  frames.Feed(text);
  std::vector<std::string> seen;
  for (auto frame = frames.Next(); *frame; frame = frames.Next()) {
    const auto json = objects::Json::parse(**frame);
    const auto& object = json["object"];
    std::string word = json["type"];
    if (word == "ERROR") {
      word += " " + object["code"].dump();
    } else if (word == "BOOKMARK") {
      word += " " + object["metadata"]["resourceVersion"].get<std::string>();
      if (object["metadata"].contains("annotations")) word += " end";
    } else {
      word += " " + object["metadata"]["name"].get<std::string>();
    }
    seen.push_back(word);
  }
  return seen;
}

struct Scene {
  Registry registry{kSmall, kKubeletPort, kSettings};
  Body::Outcome last = Body::Outcome::kMore;

  WatchBody Watch(const Selection& selection, WatchOptions options) const {
    options.end_ms = 300'000;
    return {registry, {}, selection, options, 0};
  }
  std::vector<std::string> Next(WatchBody& watch, std::int64_t now_ms = 0) {
    return Frames(Drain(watch, now_ms, &last));
  }
};

TEST(WatchBody, AWatchListSaysWhereItsListEnds) {
  Scene scene;
  auto watch =
      scene.Watch(All(Kind::kNode), {.after = {}, .initial_events_end = true, .bookmarks = true});
  EXPECT_THAT(scene.Next(watch), ElementsAre("ADDED node-00000", "ADDED node-00001",
                                             "ADDED node-00002", "BOOKMARK 1000 end"));
  EXPECT_EQ(scene.last, Body::Outcome::kWait);
}

TEST(WatchBody, ChangesDuringTheListComeAfterIt) {
  Scene scene;
  auto watch =
      scene.Watch(All(Kind::kNode), {.after = {}, .initial_events_end = true, .bookmarks = true});
  scene.registry.SetNodes({1, 1}, false);
  EXPECT_THAT(scene.Next(watch),
              ElementsAre("ADDED node-00000", "ADDED node-00001", "ADDED node-00002",
                          "BOOKMARK 1000 end", "DELETED node-00001"));
}

TEST(WatchBody, OnlyWhatIsSelectedAndOnlyWhatCameAfter) {
  Scene scene;
  scene.registry.ReplacePods(1, 5000);  // versions 1001 to 1003, node 0
  const auto of_node =
      *Selection::Make(Kind::kPod, "", "", "status.phase=Running,spec.nodeName=node-00001");
  auto watch = scene.Watch(of_node, {.after = 1003});
  EXPECT_TRUE(scene.Next(watch).empty());
  scene.registry.ReplacePods(2, 6000);  // nodes 1 and 2
  scene.registry.TouchNodes({0, 3}, 6000);
  EXPECT_THAT(scene.Next(watch), ElementsAre("MODIFIED deployment-000-6f7c9d8b5-00001-00",
                                             "DELETED deployment-000-6f7c9d8b5-00001-00",
                                             "ADDED deployment-000-6f7c9d8b5-00001-01"));
}

TEST(WatchBody, BookmarksComeEachMinuteAndAtTheEnd) {
  Scene scene;
  auto watch = scene.Watch(All(Kind::kConfigMap), {.after = 1000, .bookmarks = true});
  EXPECT_TRUE(scene.Next(watch, 59'999).empty());
  scene.registry.TouchNodes({0, 2}, 1);
  EXPECT_THAT(scene.Next(watch, 60'000), ElementsAre("BOOKMARK 1002"));
  EXPECT_TRUE(scene.Next(watch, 61'000).empty());
  EXPECT_EQ(scene.last, Body::Outcome::kWait);
  EXPECT_THAT(scene.Next(watch, 300'000), ElementsAre("BOOKMARK 1002"));
  EXPECT_EQ(scene.last, Body::Outcome::kEnd);
}

TEST(WatchBody, AVersionThatIsForgottenEndsInGone) {
  Scene scene;
  for (int i = 0; i < 40'000; ++i) scene.registry.TouchNodes({0, 3}, i);
  auto watch = scene.Watch(All(Kind::kNode), {.after = 1000});
  EXPECT_THAT(scene.Next(watch), ElementsAre("ERROR 410"));
  EXPECT_EQ(scene.last, Body::Outcome::kEnd);
}

TEST(WatchBody, PiecesStayShort) {
  const ClusterShape shape{.nodes = 100, .pods = 30, .containers = 2};
  const Registry registry(shape, kKubeletPort, kSettings);
  WatchBody watch(registry, {.protobuf = true}, All(Kind::kPod), {.after = {}, .end_ms = 1000}, 0);
  std::string piece;
  ASSERT_EQ(watch.Next(0, piece), Body::Outcome::kMore);
  EXPECT_GE(piece.size(), kPieceBytes);
  EXPECT_LT(piece.size(), kPieceBytes + 4096);
}

}  // namespace
}  // namespace mpl::bench
