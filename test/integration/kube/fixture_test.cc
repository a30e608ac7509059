#include <gmock/gmock.h>

#include "test/support/kube_apiserver/kube_apiserver.h"

namespace mpl::test {
namespace {

using testing::HasSubstr;

TEST(KubeApiServer, ServesKubectl) {
  EXPECT_THAT(KubeApiServer::Shared().Kubectl({"get", "--raw", "/version"}),
              HasSubstr("gitVersion"));
}

TEST(KubeApiServer, KeepsItsDataWhenItStopsAndStarts) {
  KubeApiServer& server = KubeApiServer::Shared();
  server.Kubectl({"create", "configmap", "kept"});
  server.StopApiServer();
  EXPECT_THROW(server.Kubectl({"get", "configmap", "kept"}), std::runtime_error);
  server.StartApiServer();
  EXPECT_THAT(server.Kubectl({"get", "configmap", "kept", "-o", "name"}), HasSubstr("kept"));
}

TEST(KubeApiServer, KnowsServiceAccountsByTheirTokens) {
  KubeApiServer& server = KubeApiServer::Shared();
  server.Kubectl({"create", "serviceaccount", "someone"});
  const std::string token = server.ServiceAccountToken("default", "someone");
  const std::string review =
      R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","spec":{"token":")" + token +
      R"("}})";
  EXPECT_THAT(server.Kubectl({"create", "-f", "-", "-o", "yaml"}, review),
              HasSubstr("system:serviceaccount:default:someone"));
}

TEST(KubeApiServer, TellsAggregatedServersWhomToTrust) {
  const std::string map =
      KubeApiServer::Shared().Kubectl({"get", "configmap", "-n", "kube-system",
                                       "extension-apiserver-authentication", "-o", "yaml"});
  EXPECT_THAT(map, HasSubstr("front-proxy-client"));
  EXPECT_THAT(map, HasSubstr("requestheader-client-ca-file"));
}

TEST(KubeApiServer, Compacts) { EXPECT_NO_THROW(KubeApiServer::Shared().CompactEtcd()); }

}  // namespace
}  // namespace mpl::test
