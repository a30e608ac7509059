#include "collector/handlers/status_document.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mpl::handlers {
namespace {

using nlohmann::json;

TEST(StatusDocument, HasEveryKeyThatTheOperatorReads) {
  StatusDocument status;
  status.config_hash = "ba7816bf8f01cfea";
  status.version = "v0.1.0";
  status.replica = "collector-1";
  status.started_at = *ParseRfc3339("2026-11-21T10:00:00Z");
  status.nodes_total = 3;
  status.nodes_healthy = 1;
  status.failing = {
      {"b", "Forbidden", "a \"quoted\"\nremedy", *ParseRfc3339("2026-11-21T10:00:05Z")},
      {"a", "Timeout", "x", *ParseRfc3339("2026-11-21T10:00:06Z")}};
  status.pins = {{"c", "CN=c", "CN=c-ca"}};
  status.tls = {.verified = 1, .pinned = 1, .insecure = 0};
  status.store.nodes = 3;
  status.store.pods = 7;
  status.store.containers = 9;
  status.last_config_error = "1 fault: x";

  const json expected = {
      {"configHash", "ba7816bf8f01cfea"},
      {"version", "v0.1.0"},
      {"replica", "collector-1"},
      {"startedAt", "2026-11-21T10:00:00Z"},
      {"nodes", {{"total", 3}, {"healthy", 1}}},
      {"failing",
       {{{"node", "a"}, {"reason", "Timeout"}, {"message", "x"}, {"since", "2026-11-21T10:00:06Z"}},
        {{"node", "b"},
         {"reason", "Forbidden"},
         {"message", "a \"quoted\"\nremedy"},
         {"since", "2026-11-21T10:00:05Z"}}}},
      {"failingTotal", 2},
      {"failingByReason", {{"Forbidden", 1}, {"Timeout", 1}}},
      {"pins", json::array({{{"node", "c"}, {"subject", "CN=c"}, {"issuer", "CN=c-ca"}}})},
      {"pinsTotal", 1},
      {"tls", {{"verified", 1}, {"pinned", 1}, {"insecure", 0}}},
      {"store", {{"nodes", 3}, {"pods", 7}, {"containers", 9}}},
      {"lastConfigError", "1 fault: x"}};
  EXPECT_EQ(json::parse(WriteStatus(status)), expected);
}

TEST(StatusDocument, ListsAreBoundedAndTotalsTrue) {
  StatusDocument status;
  for (int i = 0; i < 250; ++i) {
    status.failing.push_back({"n" + std::to_string(i), "Timeout", "m", {}});
    status.pins.push_back({"n" + std::to_string(i), "s", "i"});
  }
  const json document = json::parse(WriteStatus(status));
  EXPECT_EQ(document["failing"].size(), 100U);
  EXPECT_EQ(document["failingTotal"], 250);
  EXPECT_EQ(document["pins"].size(), 100U);
  EXPECT_EQ(document["pinsTotal"], 250);
}

TEST(StatusDocument, RefusedCertificatesDoNotHideBehindNodesThatAreDown) {
  StatusDocument status;
  for (int i = 0; i < 250; ++i) {
    status.failing.push_back({"a" + std::to_string(i), "Unreachable", "m", {}});
  }
  status.failing.push_back({"z2", "KubeletKeyChanged", "m", {}, true});
  status.failing.push_back({"z1", "NameMismatch", "m", {}, true});

  const json document = json::parse(WriteStatus(status));

  EXPECT_EQ(document["failing"].size(), 100U);
  EXPECT_EQ(document["failing"][0]["node"], "z1");
  EXPECT_EQ(document["failing"][1]["node"], "z2");
  EXPECT_EQ(document["failing"][2]["node"], "a0");
  EXPECT_EQ(document["failingByReason"],
            json({{"KubeletKeyChanged", 1}, {"NameMismatch", 1}, {"Unreachable", 250}}));
}

}  // namespace
}  // namespace mpl::handlers
