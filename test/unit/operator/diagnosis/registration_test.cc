#include "operator/diagnosis/registration.h"

#include <gmock/gmock.h>

namespace mpl::diagnosis {
namespace {

using testing::HasSubstr;

const std::string kName = "v1beta1.metrics.k8s.io";

Json Live(const Json& labels, const std::string& available = "True") {
  return {{"metadata", {{"name", kName}, {"labels", labels}}},
          {"spec", {{"service", {{"name", "metrics-server"}, {"namespace", "kube-system"}}}}},
          {"status",
           {{"conditions",
             {{{"type", "Available"},
               {"status", available},
               {"reason", "MissingEndpoints"},
               {"message", "no addresses"}}}}}}};
}

TEST(Registration, IsFreeOrUnknown) {
  EXPECT_EQ(JudgeRegistration(kName, Fail(ErrorKind::kNotFound, "no"), "").mark, Mark::kFine);
  EXPECT_EQ(JudgeRegistration(kName, Fail(ErrorKind::kForbidden, "no"), "").mark, Mark::kNote);
}

const Json kOurLabels = {{"app.kubernetes.io/managed-by", "metricspipeline-operator"},
                         {"metricspipeline.dev/pipeline", "cluster"}};

TEST(Registration, OursHasToBeAvailable) {
  Json live = Live(kOurLabels);
  live["spec"]["service"]["name"] = "cluster-collector";
  EXPECT_EQ(JudgeRegistration(kName, live, "").mark, Mark::kFine);
  live["status"] = Live(kOurLabels, "False")["status"];
  const Finding finding = JudgeRegistration(kName, live, "");
  EXPECT_EQ(finding.mark, Mark::kFault);
  EXPECT_THAT(finding.what, HasSubstr("MissingEndpoints: no addresses"));
}

// Metrics-server applied over one of ours leaves our labels.
TEST(Registration, OurLabelsDoNotMakeItOurs) {
  const Finding finding = JudgeRegistration(kName, Live(kOurLabels), "kubectl");
  EXPECT_EQ(finding.mark, Mark::kNote);
  EXPECT_THAT(finding.what, HasSubstr("belongs to Service kube-system/metrics-server"));
}

TEST(Registration, AnotherProviderIsNamedWithTheWayOut) {
  const Finding finding = JudgeRegistration(kName, Live(Json::object()), "helm");
  EXPECT_EQ(finding.mark, Mark::kNote);
  EXPECT_THAT(finding.what, HasSubstr("Service kube-system/metrics-server (field manager helm)"));
  EXPECT_THAT(finding.remedy, HasSubstr("metricspipeline-operator migrate"));
}

TEST(Registration, WhoUndoesEveryChangeIsAFault) {
  const Finding finding =
      JudgeRegistration(kName, Live({{"objectset.rio.cattle.io/hash", "abc"}}), "deploy@node");
  EXPECT_EQ(finding.mark, Mark::kFault);
  EXPECT_THAT(finding.remedy, HasSubstr("--disable=metrics-server"));
}

TEST(Registration, WhoWritesTheBundleIsAFault) {
  Json live = Live(Json::object());
  live["metadata"]["annotations"] = {{"cert-manager.io/inject-ca-from", "kube-system/a"}};
  const Finding finding = JudgeRegistration(kName, live, "helm");
  EXPECT_EQ(finding.mark, Mark::kFault);
  EXPECT_THAT(finding.remedy, HasSubstr("cert-manager.io/inject-ca-from- first"));
}

}  // namespace
}  // namespace mpl::diagnosis
