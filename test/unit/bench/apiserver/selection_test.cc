#include "bench/apiserver/selection.h"

#include <gtest/gtest.h>

#include "test/unit/bench/apiserver/test_objects.h"

namespace mpl::bench {
namespace {

int Matching(Kind kind, std::string_view labels, std::string_view fields) {
  const Registry registry(kSmall, kKubeletPort, kSettings);
  const auto selection = Selection::Make(kind, "", labels, fields);
  if (!selection) return -1;
  int count = 0;
  for (int node = 0; node < kSmall.nodes; ++node) {
    if (selection->Matches(*registry.current()->Node(node))) ++count;
    for (int slot = 0; slot < kSmall.pods; ++slot) {
      if (selection->Matches(*registry.current()->Pod(node, slot))) ++count;
    }
  }
  return count;
}

TEST(Selection, FieldsAsTheClientsUseThem) {
  EXPECT_EQ(Matching(Kind::kPod, "", ""), 6);
  EXPECT_EQ(Matching(Kind::kPod, "", "status.phase=Running"), 6);
  EXPECT_EQ(Matching(Kind::kPod, "", "status.phase==Running"), 6);
  EXPECT_EQ(Matching(Kind::kPod, "", "status.phase!=Running"), 0);
  EXPECT_EQ(Matching(Kind::kPod, "", "status.phase=Pending"), 0);
  EXPECT_EQ(Matching(Kind::kPod, "", "spec.nodeName=node-00001"), 2);
  EXPECT_EQ(Matching(Kind::kPod, "", "spec.nodeName!=node-00001,status.phase=Running"), 4);
  EXPECT_EQ(Matching(Kind::kPod, "", "metadata.namespace=small-010"), 3);
  EXPECT_EQ(Matching(Kind::kNode, "", "metadata.name=node-00002"), 1);
}

TEST(Selection, UnknownFieldsAndBadSyntaxAreRefused) {
  EXPECT_EQ(Matching(Kind::kPod, "", "spec.restartPolicy=Always"), -1);
  EXPECT_EQ(Matching(Kind::kNode, "", "status.phase=Running"), -1);
  EXPECT_EQ(Matching(Kind::kPod, "", "status.phase"), -1);
  EXPECT_EQ(Matching(Kind::kPod, "", "=x"), -1);
  EXPECT_EQ(Matching(Kind::kPod, "a in", ""), -1);
}

TEST(Selection, Labels) {
  EXPECT_EQ(Matching(Kind::kPod, "app=deployment-001", ""), 3);
  EXPECT_EQ(Matching(Kind::kPod, "app in (deployment-001,deployment-007)", ""), 3);
  EXPECT_EQ(Matching(Kind::kNode, "topology.kubernetes.io/zone!=zone-0", ""), 2);
  EXPECT_EQ(Matching(Kind::kNode, "app", ""), 0);
}

}  // namespace
}  // namespace mpl::bench
