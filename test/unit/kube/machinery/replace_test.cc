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

using MetaObjects = std::vector<std::shared_ptr<const MetaObject>>;

std::vector<StoreChange<MetaObject>> Replace(ObjectStore<MetaObject>& store,
                                             const MetaObjects& objects) {
  StagedObjects<MetaObject> staged;
  for (const auto& object : objects) staged.Put(object);
  return ReplaceAll(store, staged);
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
  Replace(store, {Make("gone", "1"), Make("same", "2"), Make("newer", "3")});

  const auto changes = Replace(store, {Make("added", "9"), Make("newer", "8"), Make("same", "2")});

  EXPECT_THAT(Names(changes), ElementsAre("-gone", "+added", "~newer"));
  EXPECT_EQ(store.size(), 3U);
  EXPECT_EQ(store.Get("ns", "gone"), nullptr);
  EXPECT_EQ(store.Get("ns", "newer")->meta.resource_version, "8");
}

TEST(ReplaceAll, NoticesAnObjectThatWasMadeAnew) {
  ObjectStore<MetaObject> store;
  Replace(store, {Make("a", "1", "old")});
  const auto changes = Replace(store, {Make("a", "1", "new")});
  ASSERT_THAT(Names(changes), ElementsAre("~a"));
  EXPECT_EQ(changes[0].before->meta.uid, "old");
}

TEST(ReplaceAll, EmptiesTheStoreForAnEmptyList) {
  ObjectStore<MetaObject> store;
  Replace(store, {Make("a", "1"), Make("b", "1")});
  EXPECT_THAT(Names(Replace(store, {})), ElementsAre("-a", "-b"));
  EXPECT_EQ(store.size(), 0U);
}

TEST(StagedObjects, AreAsTheLastEventLeftThem) {
  StagedObjects<MetaObject> staged;
  staged.Put(Make("b", "1"));
  staged.Put(Make("c", "2"));
  staged.Put(Make("a", "3"));
  staged.Put(Make("b", "4"));
  staged.Remove(Make("c", "5"));
  staged.Remove(Make("d", "6"));
  staged.Remove(Make("a", "7"));
  staged.Put(Make("a", "8"));
  std::vector<std::string> left;
  for (const auto& object : staged.Take()) {
    left.push_back(object->meta.name + object->meta.resource_version);
  }
  EXPECT_THAT(left, ElementsAre("a8", "b4"));
  EXPECT_THAT(staged.Take(), testing::IsEmpty());
}

TEST(StagedObjects, ANewListForgetsTheOneBefore) {
  StagedObjects<MetaObject> staged;
  staged.Put(Make("a", "1"));
  staged.Clear();
  EXPECT_THAT(staged.Take(), testing::IsEmpty());
}

}  // namespace
}  // namespace mpl::machinery
