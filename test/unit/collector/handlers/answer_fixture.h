// Two nodes and two pods with usage, and what a client gets of them for an Accept header.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "collector/handlers/representation.h"

namespace mpl::handlers {

class AnswerTest : public testing::Test {
 protected:
  AnswerTest() {
    node1_.name = "node1";
    node1_.labels = {{"kubernetes.io/os", "linux"}, {"zone", "a"}};
    node2_.name = "node2";
    web_.name = "web-0";
    web_.ns = "shop";
    web_.labels = {{"app", "web"}};
    db_.name = "db";
    db_.ns = "shop";
  }

  Item Node1() const { return Of(node1_, &plain_, {}); }
  Item Node2() const { return Of(node2_, &swapping_, {}); }
  Item Web() const { return Of(web_, nullptr, containers_); }
  Item Db() const { return Of(db_, nullptr, std::span(containers_).first(1)); }
  Item PodWith(const objects::ObjectMeta& meta) const { return Of(meta, nullptr, containers_); }

  // Neighbours that have namespace or labels in common, and such that have not.
  static std::vector<objects::ObjectMeta> Neighbours() {
    const objects::Labels web = {{"app", "web"}};
    const objects::Labels same_as_web = {{"app", "web"}};
    const objects::Labels till = {{"app", "till"}, {"zone", "a"}};
    std::vector<objects::ObjectMeta> metas;
    for (const auto& [ns, labels] :
         std::vector<std::pair<std::string, objects::Labels>>{{"a", web},
                                                              {"a", web},
                                                              {"a", {}},
                                                              {"b", {}},
                                                              {"b", web},
                                                              {"c", web},
                                                              {"c", same_as_web},
                                                              {"c", till},
                                                              {"d", till},
                                                              {"d", {}},
                                                              {"d", {}}}) {
      objects::ObjectMeta& meta = metas.emplace_back();
      meta.name = "pod-" + std::to_string(metas.size());
      meta.ns = ns;
      meta.labels = labels;
    }
    return metas;
  }

  struct Asked {
    std::string accept = "application/json";
    std::string_view kind = "NodeMetrics";
    std::string query = {};
    std::string_view version = "v1beta1";
  };

  // The whole answer, or the error's message.
  static std::string Single(const Asked& asked, const Item& item) {
    auto writer = Writer(asked, false);
    if (!writer) return writer.error().message;
    std::string out;
    (*writer)->Single(out, item);
    return out;
  }
  static std::string List(const Asked& asked, const std::vector<Item>& items) {
    auto writer = Writer(asked, true);
    if (!writer) return writer.error().message;
    std::string body;
    for (const Item& item : items) (*writer)->Append(body, item);
    const bool length_first = (*writer)->LengthFirst();
    if (!length_first) writer = Writer(asked, true);  // it counts its commas
    std::string out;
    (*writer)->Begin(out, length_first ? body.size() : 0);
    for (const Item& item : items) (*writer)->Append(out, item);
    (*writer)->End(out);
    return out;
  }
  static Result<std::unique_ptr<AnswerWriter>> Writer(const Asked& asked, bool is_list) {
    const auto query = http::Query::Parse(asked.query);
    const auto representation = ChooseRepresentation({{"Accept", asked.accept}}, *query);
    if (!representation) return std::unexpected(representation.error());
    return MakeAnswerWriter(*representation,
                            {.kind = asked.kind, .version = asked.version, .is_list = is_list},
                            *query, *ParseRfc3339("2026-11-21T10:00:30.9Z"));
  }

 private:
  static Item Of(const objects::ObjectMeta& meta, const store::Usage* usage,
                 std::span<const store::ContainerUsage> containers) {
    return {.meta = ItemMeta::Of(meta),
            .timestamp = *ParseRfc3339("2026-11-21T10:00:25.042Z"),
            .window = std::chrono::milliseconds(15'042),
            .usage = usage,
            .containers = containers};
  }

  objects::ObjectMeta node1_, node2_, web_, db_;
  store::Usage plain_{.cpu_nanocores = 250'000'000, .memory_bytes = 52'428'800, .swap_bytes = {}};
  store::Usage swapping_{.cpu_nanocores = 2'000'000'000, .memory_bytes = 1025, .swap_bytes = 4096};
  std::vector<store::ContainerUsage> containers_{
      {"agent", {.cpu_nanocores = 156'741'209, .memory_bytes = 6'298'230'784, .swap_bytes = {}}},
      {"nginx", {.cpu_nanocores = 2'000'000, .memory_bytes = 1025, .swap_bytes = {}}}};
};

}  // namespace mpl::handlers
