// The API as kube-apiserver understands it: what it takes, what it refuses and with which words.
#include <gmock/gmock.h>

#include <filesystem>

#include "test/integration/operator/fixture.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;

Kubectl DryRun(const std::string& spec) {
  Install();
  const std::string object =
      R"({"apiVersion":"metricspipeline.dev/v1alpha1","kind":"MetricsPipeline",)"
      R"("metadata":{"name":"dry"},"spec":)" +
      spec + "}";
  return TryKubectl({"apply", "--dry-run=server", "--validate=strict", "-f", "-"}, object);
}

struct Row {
  const char* name;
  const char* spec;
  const char* complaint;  // empty: accepted
};

class CrdTable : public testing::TestWithParam<Row> {};

TEST_P(CrdTable, IsJudgedByTheApiServer) {
  const Kubectl answer = DryRun(GetParam().spec);
  const std::string complaint = GetParam().complaint;
  EXPECT_EQ(answer.ok, complaint.empty()) << answer.text;
  EXPECT_THAT(answer.text, HasSubstr(complaint));
}

// Limits: design.md section 4.
INSTANTIATE_TEST_SUITE_P(
    Crd, CrdTable,
    testing::Values(
        Row{"Empty", "{}", ""},
        Row{"Resolution5s", R"({"scrape":{"resolution":"5s","timeout":"4s"}})", ""},
        Row{"Resolution5m", R"({"scrape":{"resolution":"5m"}})", ""},
        Row{"Resolution4s", R"({"scrape":{"resolution":"4s","timeout":"3s"}})", "from 5s to 5m"},
        Row{"Resolution6m", R"({"scrape":{"resolution":"6m"}})", "from 5s to 5m"},
        Row{"Timeout90Percent", R"({"scrape":{"resolution":"10s","timeout":"9s"}})", ""},
        Row{"TimeoutTooLong", R"({"scrape":{"resolution":"10s","timeout":"10s"}})",
            "lower the timeout"},
        Row{"AddressTypeTwice", R"({"scrape":{"addressTypes":["InternalIP","InternalIP"]}})",
            "names a type twice"},
        Row{"AddressTypeUnknown", R"({"scrape":{"addressTypes":["Mail"]}})", "Unsupported value"},
        Row{"FixedPort", R"({"scrape":{"port":{"source":"Fixed","number":10250}}})", ""},
        Row{"FixedWithoutNumber", R"({"scrape":{"port":{"source":"Fixed"}}})", "give both"},
        Row{"NumberWithoutFixed", R"({"scrape":{"port":{"number":10250}}})", "give both"},
        Row{"CustomCa", R"({"tls":{"kubelet":{"mode":"CustomCA","caBundleRef":{"name":"a"}}}})",
            ""},
        Row{"CustomCaWithoutRef", R"({"tls":{"kubelet":{"mode":"CustomCA"}}})", "give both"},
        Row{"RefWithoutCustomCa", R"({"tls":{"kubelet":{"caBundleRef":{"name":"a"}}}})",
            "give both"},
        Row{"SecretWithoutRef", R"({"tls":{"serving":{"mode":"Secret"}}})", "give both"},
        Row{"Secret", R"({"tls":{"serving":{"mode":"Secret","secretRef":{"name":"a"}}}})", ""},
        Row{"CertManagerWithoutIssuer", R"({"tls":{"serving":{"mode":"CertManager"}}})",
            "give both"},
        Row{"TakeOver",
            R"({"apiServices":{"conflictPolicy":"TakeOver","deletionPolicy":"Restore"}})", ""},
        Row{"UnknownPolicy", R"({"apiServices":{"conflictPolicy":"Fight"}})", "Unsupported value"},
        Row{"Unmanaged", R"({"managementState":"Unmanaged"})", ""},
        Row{"UnknownField", R"({"scrape":{"speed":"fast"}})", "unknown field"}),
    [](const auto& row) { return row.param.name; });

TEST(Crd, NeverMovesACollector) {
  Install();
  const std::string head =
      R"({"apiVersion":"metricspipeline.dev/v1alpha1","kind":"MetricsPipeline",)"
      R"("metadata":{"name":"settled"},"spec":{"collector":{"namespace":")";
  ASSERT_TRUE(TryKubectl({"apply", "-f", "-"}, head + "a\"}}}").ok);
  const Kubectl moved = TryKubectl({"apply", "-f", "-"}, head + "b\"}}}");
  TryKubectl({"delete", "metricspipeline", "settled"});
  EXPECT_FALSE(moved.ok);
  EXPECT_THAT(moved.text, HasSubstr("cannot be changed"));
}

TEST(Config, EverySampleApplies) {
  Install();
  int samples = 0;
  for (const auto& file : std::filesystem::directory_iterator(SourcePath("samples"))) {
    if (file.path().extension() != ".yaml") continue;
    ++samples;
    const Kubectl answer =
        TryKubectl({"apply", "--dry-run=server", "--validate=strict", "-f", file.path()});
    EXPECT_TRUE(answer.ok) << file.path() << ": " << answer.text;
  }
  EXPECT_GT(samples, 5);
}

TEST(Config, EveryOverlayApplies) {
  Install();
  for (const auto& folder : std::filesystem::directory_iterator(SourcePath("config/overlays"))) {
    const Kubectl answer = TryKubectl({"apply", "--dry-run=server", "-k", folder.path()});
    EXPECT_TRUE(answer.ok) << folder.path() << ": " << answer.text;
  }
}

}  // namespace
}  // namespace mpl::test
