#include "operator/diagnosis/signing_requests.h"

#include <gmock/gmock.h>

namespace mpl::diagnosis {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// As kubelets 1.36 with serverTLSBootstrap make them (certificates.k8s.io/v1).
Json Request(const std::string& name, const std::string& user, const std::string& created,
             Json status = Json::object()) {
  return {{"metadata", {{"name", name}, {"creationTimestamp", created}}},
          {"spec", {{"signerName", "kubernetes.io/kubelet-serving"}, {"username", user}}},
          {"status", std::move(status)}};
}

std::string Told(Json items) {
  return Describe(JudgeSigningRequests(Json{{"items", std::move(items)}}));
}

TEST(SigningRequests, PendingOnesAreNamedWithTheCommandThatApprovesThem) {
  EXPECT_THAT(Told({Request("csr-b", "system:node:node2", "2026-11-21T12:00:00Z"),
                    Request("csr-a", "system:node:node1", "2026-11-21T12:00:00Z")}),
              AllOf(HasSubstr("2 kubelets waiting for the approval of a serving certificate: "
                              "csr-a (node1), csr-b (node2)"),
                    HasSubstr("kubectl certificate approve csr-a csr-b")));
}

TEST(SigningRequests, OfANodesSeveralTheNewestCounts) {
  EXPECT_THAT(
      Told({Request("csr-new", "system:node:node1", "2026-11-21T12:15:00Z"),
            Request("csr-old", "system:node:node1", "2026-11-21T12:00:00Z")}),
      AllOf(HasSubstr("1 kubelet waiting"), HasSubstr("csr-new"), Not(HasSubstr("csr-old"))));
}

TEST(SigningRequests, WhatIsDecidedOrOfAnotherSignerIsNotTold) {
  const auto decided = [](const char* type) {
    return Json{{"conditions", {{{"type", type}, {"status", "True"}}}}};
  };
  Json client = Request("d", "system:node:node4", "2026-11-21T12:00:00Z");
  client["spec"]["signerName"] = "kubernetes.io/kube-apiserver-client-kubelet";
  const Json items = {
      Request("a", "system:node:node1", "2026-11-21T12:00:00Z", decided("Approved")),
      Request("b", "system:node:node2", "2026-11-21T12:00:00Z", decided("Denied")),
      Request("c", "somebody", "2026-11-21T12:00:00Z"), client, Json(7)};
  EXPECT_THAT(JudgeSigningRequests(Json{{"items", items}}), IsEmpty());
  EXPECT_THAT(JudgeSigningRequests(Json("nonsense")), IsEmpty());
}

TEST(SigningRequests, ManyAreCut) {
  Json items = Json::array();
  for (int i = 100; i < 130; ++i) {
    items.push_back(Request("csr-" + std::to_string(i), "system:node:n" + std::to_string(i),
                            "2026-11-21T12:00:00Z"));
  }
  EXPECT_THAT(Told(items), AllOf(HasSubstr("30 kubelets waiting"), HasSubstr("csr-119 (n119)"),
                                 HasSubstr("and 10 more"), Not(HasSubstr("csr-120"))));
}

TEST(SigningRequests, ThatCannotBeListedIsNoFaultOfTheCluster) {
  const auto findings =
      JudgeSigningRequests(std::unexpected(Error{ErrorKind::kForbidden, "HTTP 403"}));
  EXPECT_FALSE(HasFault(findings));
  EXPECT_THAT(Describe(findings), HasSubstr("may list certificatesigningrequests"));
}

}  // namespace
}  // namespace mpl::diagnosis
