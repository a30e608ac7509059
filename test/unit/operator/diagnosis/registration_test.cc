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

TEST(Registration, OursHasToBeAvailable) {
  const Json labels = {{"app.kubernetes.io/managed-by", "metricspipeline-operator"}};
  EXPECT_EQ(JudgeRegistration(kName, Live(labels), "").mark, Mark::kFine);
  const Finding finding = JudgeRegistration(kName, Live(labels, "False"), "");
  EXPECT_EQ(finding.mark, Mark::kFault);
  EXPECT_THAT(finding.what, HasSubstr("MissingEndpoints: no addresses"));
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
