// Rules: k8s.io/apiserver 0.36 pkg/endpoints/filters/impersonation (impersonation.go, and the mode
// "legacy" of mode.go).
#include "kube/auth/impersonation.h"

#include <gmock/gmock.h>

namespace mpl::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Impersonation Read(const http::Headers& headers) {
  auto asked = ReadImpersonation(headers);
  EXPECT_TRUE(asked) << asked.error().message;
  EXPECT_TRUE(asked && *asked);
  return **asked;
}

std::vector<std::string> Questions(const Impersonation& impersonation) {
  std::vector<std::string> texts;
  for (const http::RequestInfo& info : impersonation.questions) {
    EXPECT_TRUE(info.is_resource);
    EXPECT_EQ(info.verb, "impersonate");
    EXPECT_EQ(info.version, "v1");
    texts.push_back(info.QualifiedResource() + " " + (info.ns.empty() ? "" : info.ns + "/") +
                    info.name);
  }
  return texts;
}

TEST(ReadImpersonation, IsNotAskedForByOtherHeaders) {
  for (const http::Headers& headers :
       {http::Headers{}, http::Headers{{"X-Impersonate-User", "x"}, {"Impersonated", "y"}},
        http::Headers{{"Impersonate-User", ""}}}) {
    const auto asked = ReadImpersonation(headers);
    ASSERT_TRUE(asked);
    EXPECT_FALSE(*asked);
  }
}

TEST(ReadImpersonation, BecomesAUserWhoIsAuthenticated) {
  const Impersonation alice = Read({{"impersonate-user", "alice"}});
  EXPECT_EQ(alice.user.name, "alice");
  EXPECT_THAT(alice.user.groups, ElementsAre("system:authenticated"));
  EXPECT_THAT(Questions(alice), ElementsAre("users alice"));
}

TEST(ReadImpersonation, AsksForEveryPart) {
  const Impersonation all = Read({{"Impersonate-User", "alice"},
                                  {"Impersonate-Group", "dev"},
                                  {"Impersonate-Extra-Scopes", "view"},
                                  {"Impersonate-Group", "ops"},
                                  {"Impersonate-Extra-acme.com%2fProject", "p1"},
                                  {"impersonate-extra-scopes", "edit"},
                                  {"Impersonate-Uid", "u-1"}});
  EXPECT_EQ(all.user.uid, "u-1");
  EXPECT_THAT(all.user.groups, ElementsAre("dev", "ops", "system:authenticated"));
  EXPECT_THAT(all.user.extra.at("scopes"), ElementsAre("view", "edit"));
  EXPECT_THAT(all.user.extra.at("acme.com/project"), ElementsAre("p1"));
  EXPECT_THAT(Questions(all),
              ElementsAre("users alice", "uids.authentication.k8s.io u-1", "groups dev",
                          "groups ops", "userextras.authentication.k8s.io/acme.com/project p1",
                          "userextras.authentication.k8s.io/scopes view",
                          "userextras.authentication.k8s.io/scopes edit"));
}

TEST(ReadImpersonation, KnowsServiceAccountsByTheirNames) {
  const Impersonation account = Read({{"Impersonate-User", "system:serviceaccount:shop:cart"}});
  EXPECT_THAT(Questions(account), ElementsAre("serviceaccounts shop/cart"));
  EXPECT_THAT(
      account.user.groups,
      ElementsAre("system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"));

  const Impersonation grouped =
      Read({{"Impersonate-User", "system:serviceaccount:shop:cart"}, {"Impersonate-Group", "x"}});
  EXPECT_THAT(grouped.user.groups, ElementsAre("x", "system:authenticated"));

  for (const char* other : {"system:serviceaccount:shop", "system:serviceaccount:Shop:cart",
                            "system:serviceaccount:a:b:c", "system:serviceaccount::cart"}) {
    EXPECT_THAT(Questions(Read({{"Impersonate-User", other}})),
                ElementsAre(std::string("users ") + other));
  }
}

TEST(ReadImpersonation, AnonymousAndTheUnauthenticatedStayOutside) {
  EXPECT_THAT(Read({{"Impersonate-User", "system:anonymous"}}).user.groups,
              ElementsAre("system:unauthenticated"));
  EXPECT_THAT(Read({{"Impersonate-User", "x"}, {"Impersonate-Group", "system:unauthenticated"}})
                  .user.groups,
              ElementsAre("system:unauthenticated"));
}

TEST(ReadImpersonation, NeedsAUser) {
  for (const char* header : {"Impersonate-Group", "Impersonate-Extra-a", "Impersonate-Uid"}) {
    const auto asked = ReadImpersonation({{header, "x"}});
    ASSERT_FALSE(asked) << header;
    EXPECT_EQ(asked.error().kind, ErrorKind::kBadRequest);
    EXPECT_THAT(asked.error().message, HasSubstr("without impersonating a user name"));
  }
}

TEST(ReadImpersonation, RefusesWhatItDoesNotKnowOrCannotReview) {
  EXPECT_THAT(
      ReadImpersonation({{"Impersonate-User", "a"}, {"Impersonate-Role", "x"}}).error().message,
      "header Impersonate-Role is not known");
  http::Headers many = {{"Impersonate-User", "a"}};
  for (std::size_t i = 1; i < kMaxImpersonationQuestions; ++i) {
    many.Add("Impersonate-Group", "g" + std::to_string(i));
  }
  EXPECT_TRUE(ReadImpersonation(many));
  many.Add("Impersonate-Group", "one-more");
  EXPECT_THAT(ReadImpersonation(many).error().message, HasSubstr("at most 256 are reviewed"));
}

}  // namespace
}  // namespace mpl::auth
