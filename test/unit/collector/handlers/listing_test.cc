#include "collector/handlers/listing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

namespace mpl::handlers {
namespace {

// Each look-up finds another usage: a container with a name of another length.
struct Restless {
  using Stored = objects::MetaObject;
  using Ptr = std::shared_ptr<const Stored>;
  using Usage = store::PodUsage;
  static inline std::size_t look_ups = 0;

  static bool Wanted(const MetricsApi::Sources&, const Stored& object) {
    return object.meta.name != "unwanted";
  }
  static Found FindUsages(const MetricsApi::Sources&, std::span<const Ptr> objects, MonoTime,
                          std::span<Usage> out) {
    Found found;
    for (std::size_t k = 0; k < objects.size(); ++k) {
      ++look_ups;
      found[k] = objects[k]->meta.name != "silent";
      if (found[k]) out[k].containers = {{std::string(1 + look_ups % 90, 'c'), {}}};
    }
    return found;
  }
  static Item View(const Stored& object, const Usage& usage) {
    return {.meta = ItemMeta::Of(object.meta), .containers = usage.containers};
  }
};

// begin<bytes of items>, "pod:container;" for each, end.
class PlainWriter final : public AnswerWriter {
 public:
  explicit PlainWriter(bool length_first) : length_first_(length_first) {}
  void Single(std::string&, const Item&) override {}
  bool LengthFirst() const override { return length_first_; }
  void Begin(std::string& out, std::size_t item_bytes) override {
    out += "begin<" + std::to_string(item_bytes) + ">";
  }
  void Append(std::string& out, const Item& item) override {
    out += item.meta.name + ":" + item.containers.front().name + ";";
  }
  void End(std::string& out) override { out += "end"; }

 private:
  bool length_first_;
};

class ListingTest : public testing::TestWithParam<bool> {
 protected:
  ListingTest() { Restless::look_ups = 0; }

  static std::shared_ptr<const objects::MetaObject> Object(const std::string& name) {
    auto object = std::make_shared<objects::MetaObject>();
    object->meta.name = name;
    return object;
  }
  static Listing<Restless> Make(std::size_t count, ListOptions options = {}) {
    Listing<Restless>::Objects objects = {Object("unwanted"), Object("silent")};
    for (std::size_t i = 0; i < count; ++i) {
      objects.push_back(Object("pod-" + std::to_string(100'000 + i)));
    }
    objects.push_back(Object("unwanted"));
    objects.push_back(Object("silent"));
    return {{},
            std::move(options),
            {},
            std::make_unique<PlainWriter>(GetParam()),
            [objects = std::move(objects)](const objects::MetaObject* last) {
              const auto at =
                  std::ranges::find(objects, last, [](const auto& one) { return one.get(); });
              const auto rest =
                  last == nullptr ? std::span(objects) : std::span(at + 1, objects.end());
              const auto part = rest.first(std::min<std::size_t>(rest.size(), 700));
              return Listing<Restless>::Objects(part.begin(), part.end());
            }};
  }
  struct Pieces {
    std::string whole;
    std::size_t longest = 0;
    int empty = 0;
  };
  static Pieces Drain(Listing<Restless>& listing) {
    Pieces pieces;
    std::string piece;
    for (bool more = true; more;) {
      more = listing.Fill(piece);
      pieces.longest = std::max(pieces.longest, piece.size());
      if (piece.empty()) ++pieces.empty;
      pieces.whole += std::exchange(piece, {});
    }
    return pieces;
  }
  // What stands between begin and end.
  static std::string Items(const std::string& whole) {
    EXPECT_TRUE(whole.starts_with("begin<") && whole.ends_with("end")) << whole.substr(0, 40);
    const std::size_t begin = whole.find('>') + 1;
    const std::string items = whole.substr(begin, whole.size() - begin - 3);
    const std::size_t told = std::stoul(whole.substr(6));
    EXPECT_EQ(told, GetParam() ? items.size() : 0U);
    return items;
  }
};

TEST_P(ListingTest, AShortListIsOnePieceAndEachObjectIsLookedUpOnce) {
  Listing<Restless> listing = Make(3);
  std::string piece;
  EXPECT_FALSE(listing.Fill(piece));
  EXPECT_EQ(Items(piece), "pod-100000:ccc;pod-100001:cccc;pod-100002:ccccc;");
  EXPECT_EQ(Restless::look_ups, 5U);  // the silent ones too
}

TEST_P(ListingTest, AnEmptyListHasItsFrame) {
  Listing<Restless> listing = Make(0);
  EXPECT_EQ(Items(Drain(listing).whole), "");
}

TEST_P(ListingTest, ALongListComesInPiecesAndEachObjectIsLookedUpOnce) {
  constexpr std::size_t kCount = 30'000;
  Listing<Restless> listing = Make(kCount);
  const Pieces pieces = Drain(listing);
  EXPECT_LE(pieces.longest, 200U << 10U);
  const std::string items = Items(pieces.whole);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(items, ';')), kCount);
  ASSERT_NE(items.find("pod-129999:"), std::string::npos);
  EXPECT_LT(items.find("pod-100000:"), items.find("pod-129999:"));
  EXPECT_EQ(Restless::look_ups, kCount + 2);
  // Before the length is known nothing is sent, piece by piece: others want to be served.
  const std::size_t in_pieces = items.size() / pieces.longest;
  EXPECT_EQ(pieces.empty >= static_cast<int>(in_pieces), GetParam()) << pieces.empty;
}

// 4,000 requirements against 1,000 objects, all for nothing: 16 ns each would be 64 ms. In one call
// it is some 50,000 of them.
TEST_P(ListingTest, ALongSelectorIsWorkedOffInTurns) {
  std::string selector = "!a0";
  for (int k = 1; k < 3'999; ++k) selector += ",!a" + std::to_string(k);
  ListOptions options;
  options.labels = objects::LabelSelector::Parse(selector + ",nobody").value();
  ASSERT_EQ(options.size(), 4'000U);
  Listing<Restless> listing = Make(1'000, std::move(options));
  const Pieces pieces = Drain(listing);
  EXPECT_EQ(Items(pieces.whole), "");
  EXPECT_EQ(Restless::look_ups, 0U);
  EXPECT_GE(pieces.empty, 1'000 * 4'000 / 60'000);
}

TEST_P(ListingTest, WhatComesInTurnsIsWhole) {
  std::string selector = "!a0";
  for (int k = 1; k < 4'000; ++k) selector += ",!a" + std::to_string(k);
  ListOptions options;
  options.labels = objects::LabelSelector::Parse(selector).value();
  Listing<Restless> listing = Make(1'000, std::move(options));
  const std::string items = Items(Drain(listing).whole);
  EXPECT_EQ(std::ranges::count(items, ';'), 1'000);
  EXPECT_EQ(Restless::look_ups, 1'002U);
}

INSTANTIATE_TEST_SUITE_P(Writers, ListingTest, testing::Bool(),
                         [](const auto& writer) { return writer.param ? "LengthFirst" : "Plain"; });

}  // namespace
}  // namespace mpl::handlers
