// Informers against the real kube-apiserver: its restarts, its forgetting, and its older manners.
#include "kube/client/informer.h"

#include <set>

#include "kube/client/informer_codec.h"
#include "test/integration/kube/kube_fixture.h"

namespace mpl::client {
namespace {

using objects::JsonObject;
using objects::MetaObject;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// Counts the log of one informer's changes by name.
template <class T>
struct Changes {
  std::vector<std::string> added, modified, deleted;
  void Clear() { *this = {}; }
  void Watch(Informer<T>& informer) {
    informer.OnChange([this](Change change, const auto& before, const auto& after) {
      auto& list = change == Change::kAdded      ? added
                   : change == Change::kModified ? modified
                                                 : deleted;
      list.push_back((after != nullptr ? after : before)->meta.name);
    });
  }
};

template <class T>
std::set<std::string> Names(const Informer<T>& informer) {
  std::set<std::string> names;
  for (const auto& object : informer.store().List()) names.insert(object->meta.name);
  return names;
}

class InformerTest : public KubeTest {
 protected:
  using KubeTest::KubeTest;
  static WatchScope Scope(const std::string& ns) {
    return {.resource = kConfigMaps,
            .ns = ns,
            .label_selector = {},
            // Every namespace would get one when the controller manager ran.
            .field_selector = "metadata.name!=kube-root-ca.crt"};
  }
  void MakeMany(const std::string& ns, int count) { RunTask(MakeAll(client.get(), ns, count)); }
  static Task<void> MakeAll(KubeClient* with, std::string ns, int count) {
    for (int i = 0; i < count; ++i) {
      const Json object = ConfigMap(ns, "many-" + std::to_string(i), "1");
      const auto made = co_await with->Create(kConfigMaps, ns, object);
      EXPECT_TRUE(made);
    }
  }
};

TEST_F(InformerTest, FollowsAddedModifiedAndDeleted) {
  const std::string ns = NewNamespace("follow");
  Make(ns, "before");
  Informer<JsonObject> informer(*client, Scope(ns));
  Changes<JsonObject> changes;
  changes.Watch(informer);
  bool synced = false;
  informer.OnSynced([&] { synced = informer.status().synced; });
  tasks.Spawn("informer", informer.Run());

  ASSERT_TRUE(Until([&] { return synced; }));
  EXPECT_THAT(changes.added, UnorderedElementsAre("before"));
  Make(ns, "new");
  ASSERT_TRUE(RunTask(client->MergePatch(kConfigMaps, ns, "before", {{"data", {{"key", "2"}}}})));
  ASSERT_TRUE(RunTask(client->Delete(kConfigMaps, ns, "new")));
  ASSERT_TRUE(Until([&] { return !changes.deleted.empty(); }));
  EXPECT_THAT(changes.added, UnorderedElementsAre("before", "new"));
  EXPECT_THAT(changes.modified, UnorderedElementsAre("before"));
  EXPECT_THAT(changes.deleted, UnorderedElementsAre("new"));
  const auto object = informer.store().Get(ns, "before");
  EXPECT_EQ(object->json["data"]["key"], "2");
  EXPECT_EQ(object->json["kind"], "ConfigMap");
  EXPECT_FALSE(object->json["metadata"].contains("managedFields"));
}

TEST_F(InformerTest, SeesOnlyWhatItsSelectorsAllow) {
  const std::string ns = NewNamespace("selectors");
  Make(ns, "one");
  Make(ns, "two");
  WatchScope scope = Scope(ns);
  scope.field_selector = "metadata.name=one";
  Informer<MetaObject> informer(*client, scope);
  tasks.Spawn("informer", informer.Run());
  ASSERT_TRUE(Until([&] { return informer.status().synced; }));
  EXPECT_THAT(Names(informer), UnorderedElementsAre("one"));
}

TEST_F(InformerTest, GoesOnAfterTheApiServerRestarted) {
  const std::string ns = NewNamespace("restart");
  Make(ns, "before");
  Informer<MetaObject> informer(*client, Scope(ns));
  tasks.Spawn("informer", informer.Run());
  ASSERT_TRUE(Until([&] { return informer.status().synced; }));

  kube.StopApiServer();
  ASSERT_TRUE(Until([&] { return !informer.status().failure.empty(); }));
  EXPECT_EQ(informer.store().size(), 1U) << "what is known stays known";
  kube.StartApiServer();
  Make(ns, "after");

  ASSERT_TRUE(Until([&] { return Names(informer).contains("after"); }));
  EXPECT_TRUE(Until([&] { return informer.status().failure.empty(); }));
}

// The watch breaks, objects change, etcd forgets the revision that the informer knows.
TEST_F(InformerTest, SynthesisesDeletionsWhenTheServerForgot) {
  const std::string ns = NewNamespace("compaction");
  Make(ns, "stays");
  Make(ns, "goes");
  Informer<MetaObject> informer(*client, Scope(ns));
  Changes<MetaObject> changes;
  changes.Watch(informer);
  tasks.Spawn("informer", informer.Run());
  ASSERT_TRUE(Until([&] { return informer.status().synced; }));
  changes.Clear();

  // Through a second client, while the loop of the informer stands still.
  kube.StopApiServer();
  kube.StartApiServer();
  kube.Kubectl({"delete", "configmap", "-n", ns, "goes"});
  kube.Kubectl({"create", "configmap", "-n", ns, "new"});
  kube.CompactEtcd();
  kube.StopApiServer();  // its watch cache forgets as well
  kube.StartApiServer();

  ASSERT_TRUE(Until([&] { return Names(informer) == std::set<std::string>{"stays", "new"}; }));
  EXPECT_THAT(changes.deleted, UnorderedElementsAre("goes"));
  EXPECT_THAT(changes.added, UnorderedElementsAre("new"));
  EXPECT_THAT(changes.modified, IsEmpty());
}

TEST_F(InformerTest, SaysThatItMayNot) {
  auto nobody = NewClient(kube.WriteKubeconfig("nobody"));
  Informer<MetaObject> informer(*nobody, Scope(""));
  tasks.Spawn("informer", informer.Run());
  ASSERT_TRUE(Until([&] { return !informer.status().failure.empty(); }));
  EXPECT_THAT(informer.status().failure, testing::HasSubstr("configmaps is forbidden"));
  EXPECT_FALSE(informer.status().synced);
  StopTasks();
}

TEST_F(InformerTest, ReadsTwoThousandObjectsAsProtobuf) {
  const std::string ns = NewNamespace("many");
  MakeMany(ns, 2000);
  Informer<MetaObject> informer(*client, Scope(ns));
  tasks.Spawn("informer", informer.Run());
  ASSERT_TRUE(Until([&] { return informer.status().synced; }));
  ASSERT_EQ(informer.store().size(), 2000U);

  // The same metadata as in JSON.
  const Json one = RunTask(client->Get(kConfigMaps, ns, "many-7")).value();
  const auto meta = informer.store().Get(ns, "many-7")->meta;
  EXPECT_EQ(meta.uid, one["metadata"]["uid"].get<std::string>());
  EXPECT_EQ(meta.resource_version, one["metadata"]["resourceVersion"].get<std::string>());
  EXPECT_EQ(FormatRfc3339(*meta.creation_timestamp),
            one["metadata"]["creationTimestamp"].get<std::string>());
}

// What our reader of protobuf makes of the real bytes.
TEST_F(InformerTest, IsAnsweredInProtobuf) {
  const std::string ns = NewNamespace("protobuf");
  Make(ns, "a");
  http::Request request;
  request.target = kConfigMaps.Path(ns);
  request.headers.Set("Accept", Codec<MetaObject>::AcceptList());
  const auto response = RunTask(client->Send(request));
  ASSERT_TRUE(response);
  EXPECT_THAT(std::string(response->headers.Get("Content-Type")),
              testing::StartsWith("application/vnd.kubernetes.protobuf"));
  std::vector<std::string> names;
  const auto page = Codec<MetaObject>::DecodePage(
      kConfigMaps, *response, [&](const auto& item) { names.push_back(item->meta.name); });
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(names, UnorderedElementsAre("a"));
  EXPECT_FALSE(page->resource_version.empty());
}

// A server without streaming lists: pages of 500, then a plain watch.
class OldServerInformerTest : public InformerTest {
 protected:
  OldServerInformerTest() : InformerTest(OldServer()) {}
  static test::KubeApiServer& OldServer() {
    static test::KubeApiServer server({"--feature-gates=WatchList=false"});
    return server;
  }
};

TEST_F(OldServerInformerTest, ListsInPages) {
  const std::string ns = NewNamespace("pages");
  MakeMany(ns, 1100);
  Informer<MetaObject> meta(*client, Scope(ns));
  Informer<JsonObject> whole(*client, Scope(ns));
  tasks.Spawn("meta", meta.Run());
  tasks.Spawn("whole", whole.Run());
  ASSERT_TRUE(Until([&] { return meta.status().synced && whole.status().synced; }));
  EXPECT_EQ(meta.store().size(), 1100U);
  EXPECT_EQ(whole.store().size(), 1100U);
  EXPECT_EQ(whole.store().Get(ns, "many-3")->json["kind"], "ConfigMap");

  Make(ns, "late");
  EXPECT_TRUE(Until([&] { return meta.store().size() == 1101 && whole.store().size() == 1101; }));
}

}  // namespace
}  // namespace mpl::client
