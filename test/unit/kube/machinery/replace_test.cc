#include "kube/machinery/replace.h"

#include <gmock/gmock.h>

namespace mpl::machinery {
namespace {

using objects::MetaObject;
using testing::ElementsAre;

std::shared_ptr<const MetaObject> Make(const std::string& name, const std::string& version,
                                       const std::string& uid = "u") {
  MetaObject object;
  object.meta.ns = "ns";
  object.meta.name = name;
  object.meta.uid = uid;
  object.meta.resource_version = version;
  return std::make_shared<const MetaObject>(std::move(object));
}

StagedObjects<MetaObject> Stage(std::vector<std::shared_ptr<const MetaObject>> objects) {
  StagedObjects<MetaObject> staged;
  for (auto& object : objects) staged.emplace(object->meta.Key(), object);
  return staged;
}

// "-a" deleted, "+a" added, "~a" changed
std::vector<std::string> Names(const std::vector<StoreChange<MetaObject>>& changes) {
  std::vector<std::string> names;
  for (const auto& change : changes) {
    if (change.after == nullptr) {
      names.push_back("-" + change.before->meta.name);
    } else {
      names.push_back((change.before == nullptr ? "+" : "~") + change.after->meta.name);
    }
  }
  return names;
}

TEST(ReplaceAll, SaysWhatChangedWhileNobodyLooked) {
  ObjectStore<MetaObject> store;
  ReplaceAll(store, Stage({Make("gone", "1"), Make("same", "2"), Make("newer", "3")}));

  const auto changes =
      ReplaceAll(store, Stage({Make("added", "9"), Make("newer", "8"), Make("same", "2")}));

  EXPECT_THAT(Names(changes), ElementsAre("-gone", "+added", "~newer"));
  EXPECT_EQ(store.size(), 3U);
  EXPECT_EQ(store.Get("ns", "gone"), nullptr);
  EXPECT_EQ(store.Get("ns", "newer")->meta.resource_version, "8");
}

TEST(ReplaceAll, NoticesAnObjectThatWasMadeAnew) {
  ObjectStore<MetaObject> store;
  ReplaceAll(store, Stage({Make("a", "1", "old")}));
  const auto changes = ReplaceAll(store, Stage({Make("a", "1", "new")}));
  ASSERT_THAT(Names(changes), ElementsAre("~a"));
  EXPECT_EQ(changes[0].before->meta.uid, "old");
}

TEST(ReplaceAll, EmptiesTheStoreForAnEmptyList) {
  ObjectStore<MetaObject> store;
  ReplaceAll(store, Stage({Make("a", "1"), Make("b", "1")}));
  EXPECT_THAT(Names(ReplaceAll(store, {})), ElementsAre("-a", "-b"));
  EXPECT_EQ(store.size(), 0U);
}

}  // namespace
}  // namespace mpl::machinery
