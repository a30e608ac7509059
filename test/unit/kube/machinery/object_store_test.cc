#include "kube/machinery/object_store.h"

#include <gmock/gmock.h>

namespace mpl::machinery {
namespace {

using objects::MetaObject;
using testing::ElementsAre;
using testing::IsEmpty;

using Store = ObjectStore<MetaObject>;

void Put(Store& store, const std::string& ns, const std::string& name) {
  auto object = std::make_shared<MetaObject>();
  object->meta.ns = ns;
  object->meta.name = name;
  store.Put(std::move(object));
}

std::vector<std::string> Keys(const std::vector<Store::Ptr>& objects) {
  std::vector<std::string> keys;
  for (const auto& object : objects) keys.push_back(object->meta.Key().ToString());
  return keys;
}

class ObjectStoreTest : public testing::Test {
 protected:
  ObjectStoreTest() {
    for (const char* name : {"c", "a", "b"}) Put(store, "web", name);
    Put(store, "db", "z");
    Put(store, "", "node");
  }
  Store store;
};

TEST_F(ObjectStoreTest, ListsByNamespaceAndName) {
  EXPECT_THAT(Keys(store.List()), ElementsAre("node", "db/z", "web/a", "web/b", "web/c"));
  EXPECT_THAT(Keys(store.ListWithinBehind("web", "", 9)), ElementsAre("web/a", "web/b", "web/c"));
  EXPECT_THAT(Keys(store.ListWithinBehind("none", "", 9)), IsEmpty());
}

TEST_F(ObjectStoreTest, PartsOfAllAmountToTheList) {
  EXPECT_THAT(Keys(store.ListBehind("", "", 2)), ElementsAre("node", "db/z"));
  EXPECT_THAT(Keys(store.ListBehind("db", "z", 2)), ElementsAre("web/a", "web/b"));
  EXPECT_THAT(Keys(store.ListBehind("web", "b", 2)), ElementsAre("web/c"));
  EXPECT_THAT(Keys(store.ListBehind("web", "c", 2)), IsEmpty());
}

TEST_F(ObjectStoreTest, PartsOfANamespaceEndWithIt) {
  EXPECT_THAT(Keys(store.ListWithinBehind("db", "", 9)), ElementsAre("db/z"));
  EXPECT_THAT(Keys(store.ListWithinBehind("db", "z", 9)), IsEmpty());
  EXPECT_THAT(Keys(store.ListWithinBehind("web", "", 2)), ElementsAre("web/a", "web/b"));
  EXPECT_THAT(Keys(store.ListWithinBehind("none", "", 2)), IsEmpty());
}

TEST_F(ObjectStoreTest, APlaceNeedNotBeThereAnyMore) {
  store.Remove("web", "b");
  store.Remove("db", "z");
  EXPECT_THAT(Keys(store.ListBehind("web", "b", 9)), ElementsAre("web/c"));
  EXPECT_THAT(Keys(store.ListBehind("db", "z", 9)), ElementsAre("web/a", "web/c"));
}

}  // namespace
}  // namespace mpl::machinery
