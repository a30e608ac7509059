// Keys: k8s.io/apiserver pkg/server/options/authentication_dynamic_request_header.go.
#include "kube/auth/auth_config.h"

#include <gmock/gmock.h>

#include "test/support/certs/certs.h"

namespace mpl::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Data = std::map<std::string, std::string>;

class AuthConfigUpdates : public testing::Test {
 protected:
  Data Good() const {
    return {{"client-ca-file", first_.ca_pem()},
            {"requestheader-client-ca-file", second_.ca_pem()},
            {"requestheader-allowed-names", R"(["front-proxy-client","aggregator"])"},
            {"requestheader-username-headers", R"(["X-Remote-User"])"},
            {"requestheader-group-headers", R"(["X-Remote-Group"])"},
            {"requestheader-extra-headers-prefix", R"(["X-Remote-Extra-"])"}};
  }
  const test::Authority first_{"first"};
  const test::Authority second_{"second"};
};

TEST_F(AuthConfigUpdates, ReadCertificatesAndNames) {
  const auto update = UpdateAuthConfig({}, Good());

  EXPECT_THAT(update.faults, IsEmpty());
  EXPECT_THAT(update.warnings, IsEmpty());
  ASSERT_EQ(update.config.client_roots.size(), 1U);
  EXPECT_EQ(update.config.client_roots[0].common_name(), "first");
  const RequestHeaderConfig& proxy = update.config.request_header;
  EXPECT_EQ(proxy.roots[0].common_name(), "second");
  EXPECT_THAT(proxy.allowed_names, ElementsAre("front-proxy-client", "aggregator"));
  EXPECT_THAT(proxy.username_headers, ElementsAre("X-Remote-User"));
  EXPECT_THAT(proxy.uid_headers, IsEmpty());
}

TEST_F(AuthConfigUpdates, TakeABundleOfSeveralRoots) {
  Data data = Good();
  data["client-ca-file"] += second_.ca_pem();
  EXPECT_EQ(UpdateAuthConfig({}, data).config.client_roots.size(), 2U);
}

TEST_F(AuthConfigUpdates, ReadMissingKeysAsNothing) {
  const AuthConfig before = UpdateAuthConfig({}, Good()).config;

  const auto update = UpdateAuthConfig(before, {});

  EXPECT_THAT(update.faults, IsEmpty());
  EXPECT_THAT(update.config.client_roots, IsEmpty());
  EXPECT_THAT(update.config.request_header.roots, IsEmpty());
}

TEST_F(AuthConfigUpdates, KeepTheLastGoodPartAndNameTheBadKey) {
  const AuthConfig before = UpdateAuthConfig({}, Good()).config;
  Data data = Good();
  data["client-ca-file"] = "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n";
  data["requestheader-allowed-names"] = "front-proxy-client";

  const auto update = UpdateAuthConfig(before, data);

  EXPECT_THAT(update.faults,
              ElementsAre(HasSubstr("client-ca-file"), HasSubstr("requestheader-allowed-names")));
  EXPECT_EQ(update.config.client_roots[0].common_name(), "first");
  EXPECT_EQ(update.config.request_header.roots[0].common_name(), "second");
  EXPECT_THAT(update.config.request_header.allowed_names,
              ElementsAre("front-proxy-client", "aggregator"));
}

TEST_F(AuthConfigUpdates, RefuseListsOfOtherThings) {
  Data data = Good();
  data["requestheader-group-headers"] = "[1]";
  EXPECT_THAT(UpdateAuthConfig({}, data).faults,
              ElementsAre(HasSubstr("requestheader-group-headers: must be a JSON list")));
}

TEST_F(AuthConfigUpdates, WarnWhenAnyClientCouldSpoofAnyUser) {
  Data data = Good();
  data["requestheader-client-ca-file"] = first_.ca_pem();
  EXPECT_THAT(UpdateAuthConfig({}, data).warnings, IsEmpty()) << "names are limited";

  data["requestheader-allowed-names"] = "[]";
  EXPECT_THAT(UpdateAuthConfig({}, data).warnings,
              ElementsAre(HasSubstr("any client certificate")));
}

}  // namespace
}  // namespace mpl::auth
