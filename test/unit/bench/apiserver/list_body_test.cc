#include "bench/apiserver/list_body.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bench/apiserver/continue_token.h"
#include "kube/objects/protobuf_meta.h"
#include "test/unit/bench/apiserver/test_objects.h"

namespace mpl::bench {
namespace {

using Names = std::vector<std::string>;

struct Page {
  Names names;  // "namespace/name"
  std::string version, next;
};

Page PageOf(const Form& form, const std::string& body) {
  Page page;
  if (!form.protobuf) {
    const auto json = nlohmann::json::parse(body);
    for (const auto& item : json["items"]) {
      page.names.push_back(item["metadata"].value("namespace", "") + "/" +
                           item["metadata"].value("name", ""));
    }
    page.version = json["metadata"]["resourceVersion"];
    page.next = json["metadata"].value("continue", "");
    return page;
  }
  const auto opened = objects::OpenProtobufEnvelope(body);
  const auto meta =
      objects::ReadProtobufList(opened->raw, [&](std::string_view raw) -> Result<void> {
        const auto item = objects::ReadProtobufMeta(raw);
        page.names.push_back(item->ns + "/" + item->name);
        return {};
      });
  page.version = meta->resource_version;
  page.next = meta->continue_token;
  return page;
}

Page ListPage(const std::shared_ptr<const Contents>& contents, const Form& form,
              const Selection& selection, int limit, PodPosition from = {}) {
  ListBody body(contents, form, Walk(contents, selection, from), selection.kind(), limit);
  return PageOf(form, Drain(body, 0));
}

TEST(ListBody, PagesMakeUpTheWholeListInEveryForm) {
  const ClusterShape shape{.nodes = 330, .pods = 12, .containers = 1};
  const Registry registry(shape, kKubeletPort, kSettings);
  const auto contents = registry.current();
  for (const Form form :
       {Form{}, Form{.protobuf = true}, Form{.metadata = true}, Form{true, true}}) {
    Names all;
    PodPosition from;
    for (std::string next = "-"; !next.empty();) {
      const Page page = ListPage(contents, form, All(Kind::kPod), 500, from);
      EXPECT_EQ(page.version, "1000");
      all.insert(all.end(), page.names.begin(), page.names.end());
      next = page.next;
      if (!next.empty()) {
        EXPECT_EQ(page.names.size(), 500U);
        from = ReadToken(next)->next;
      }
    }
    EXPECT_EQ(all.size(), 330U * 12U);
    EXPECT_TRUE(std::ranges::is_sorted(all));
    EXPECT_EQ(std::ranges::adjacent_find(all), all.end());
  }
}

TEST(ListBody, APageThatEndsWithTheListHasNoToken) {
  const Registry registry(kSmall, kKubeletPort, kSettings);
  const Page page = ListPage(registry.current(), {}, All(Kind::kNode), 3);
  EXPECT_EQ(page.names, (Names{"/node-00000", "/node-00001", "/node-00002"}));
  EXPECT_EQ(page.next, "");
}

TEST(ListBody, OneNamespaceAndANamespaceThatIsNot) {
  const Registry registry({.nodes = 12, .pods = 2, .containers = 1}, kKubeletPort, kSettings);
  const auto of = [&](const char* ns) {
    return ListPage(registry.current(), {}, *Selection::Make(Kind::kPod, ns, "", ""), 0).names;
  };
  EXPECT_EQ(of("small-010").size(), 10U);
  EXPECT_EQ(of("small-300").size(), 2U);
  EXPECT_EQ(of("team-00-1").size(), 12U);
  EXPECT_TRUE(of("default").empty());
}

// A list that was begun before a change goes on as if nothing had happened.
TEST(ListBody, AChangeDoesNotReachAListThatIsUnderWay) {
  Registry registry(kSmall, kKubeletPort, kSettings);
  const auto before = registry.current();
  ListBody body(before, {}, Walk(before, All(Kind::kPod)), Kind::kPod, 0);
  registry.ReplacePods(6, 5000);

  const Page page = PageOf({}, Drain(body, 0));

  EXPECT_EQ(page.version, "1000");
  EXPECT_TRUE(
      std::ranges::all_of(page.names, [](const auto& name) { return name.ends_with("-00"); }));
}

TEST(ContinueToken, ComesBackAndOthersAreRefused) {
  const ContinueToken token{1234, {7, 30, 499}};
  EXPECT_EQ(ReadToken(WriteToken(token)), token);
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "1.2.-3.4", "a.b.c.d", "1.2.3.99999999999"}) {
    EXPECT_FALSE(ReadToken(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace mpl::bench
