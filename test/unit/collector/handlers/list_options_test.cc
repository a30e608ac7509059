// Codes, reasons and texts: k8s.io/apimachinery 0.36 (pkg/apis/meta/internalversion/validation,
// url.Values conversion, api/errors.NewInvalid), and the answers recorded from metrics-server 0.9.
#include "collector/handlers/list_options.h"

#include <gmock/gmock.h>

namespace mpl::handlers {
namespace {

using testing::ElementsAre;

std::expected<ListOptions, ListOptionsFault> Parse(const std::string& query) {
  return ParseListOptions(*http::Query::Parse(query));
}

TEST(ListOptions, AcceptsWhatMakesNoDifference) {
  for (const char* query :
       {"", "limit=500", "limit=-1", "limit=%2B5", "continue=abc", "resourceVersion=0",
        "resourceVersion=", "resourceVersion=18446744073709551615", "timeoutSeconds=30",
        "allowWatchBookmarks=true", "pretty=true", "anything=else", "watch=false",
        "resourceVersionMatch=Exact&resourceVersion=7",
        "resourceVersionMatch=NotOlderThan&resourceVersion=0"}) {
    EXPECT_TRUE(Parse(query)) << query;
  }
}

struct Fault {
  const char* query;
  ErrorKind kind;
  const char* message;
};
class ListOptionsFaults : public testing::TestWithParam<Fault> {};

TEST_P(ListOptionsFaults, SayWhatAndWhere) {
  const auto options = Parse(GetParam().query);
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().error.kind, GetParam().kind);
  EXPECT_EQ(options.error().error.message, GetParam().message);
}

constexpr auto kBad = ErrorKind::kBadRequest;
constexpr auto kInvalid = ErrorKind::kInvalid;

INSTANTIATE_TEST_SUITE_P(
    Table, ListOptionsFaults,
    testing::Values(
        // Upstream shows the words of Go's parser here.
        Fault{"limit=abc", kBad, R"(limit: Invalid value: "abc": must be a whole number)"},
        Fault{"limit=", kBad, R"(limit: Invalid value: "": must be a whole number)"},
        Fault{"limit=99999999999999999999", kBad,
              R"(limit: Invalid value: "99999999999999999999": must be a whole number)"},
        Fault{"timeoutSeconds=1s", kBad,
              R"(timeoutSeconds: Invalid value: "1s": must be a whole number)"},
        // kube-apiserver refuses it, metrics-server does not look.
        Fault{"resourceVersion=abc", kBad,
              "invalid resource version: resourceVersion: Invalid value: \"abc\": must be a whole "
              "number"},
        Fault{"resourceVersion=-1", kBad,
              "invalid resource version: resourceVersion: Invalid value: \"-1\": must be a whole "
              "number"},
        Fault{"labelSelector=a+in", kBad, "unable to parse requirement: found '' expected: '('"},
        Fault{"fieldSelector=spec.nodeName%3Dn1", kBad,
              "\"spec.nodeName\" is not a known field selector: only \"metadata.name\", "
              "\"metadata.namespace\""},
        Fault{"resourceVersionMatch=Exact", kInvalid,
              "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
              "resourceVersionMatch is forbidden unless resourceVersion is provided"},
        Fault{"resourceVersionMatch=Exact&resourceVersion=0", kInvalid,
              "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
              "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""},
        Fault{"resourceVersionMatch=Exact&resourceVersion=1&continue=x", kInvalid,
              "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: "
              "resourceVersionMatch is forbidden when continue is provided"},
        Fault{"sendInitialEvents=", kInvalid,
              "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: "
              "sendInitialEvents is forbidden for list"},
        Fault{"resourceVersionMatch=Newest&sendInitialEvents=false", kInvalid,
              "ListOptions.meta.k8s.io \"\" is invalid: [resourceVersionMatch: Forbidden: "
              "resourceVersionMatch is forbidden unless resourceVersion is provided, "
              "resourceVersionMatch: Unsupported value: \"Newest\": supported values: \"Exact\", "
              "\"NotOlderThan\", \"\", sendInitialEvents: Forbidden: sendInitialEvents is "
              "forbidden for list]"}));

TEST(ListOptions, NamesEachContradictionInTheDetails) {
  const auto options = Parse("resourceVersionMatch=Newest&resourceVersion=3");
  ASSERT_FALSE(options);
  const objects::StatusDetails& details = options.error().details;
  EXPECT_EQ(details.group, "meta.k8s.io");
  EXPECT_EQ(details.kind, "ListOptions");
  EXPECT_THAT(details.causes,
              ElementsAre(objects::StatusCause{
                  "FieldValueNotSupported",
                  "Unsupported value: \"Newest\": supported values: \"Exact\", \"NotOlderThan\", "
                  "\"\"",
                  "resourceVersionMatch"}));
}

TEST(ListOptions, OfARepeatedParameterTheFirstCounts) {
  EXPECT_TRUE(Parse("limit=5&limit=abc"));
  EXPECT_FALSE(Parse("limit=abc&limit=5"));
}

TEST(ListOptions, RefusesSelectorsThatContradictEachOther) {
  EXPECT_TRUE(Parse("labelSelector=a%3Db&labelSelector=a%3Db"));
  const auto options = Parse("labelSelector=a%3Db&labelSelector=c%3Dd");
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().error.message,
            "labelSelector is given 2 times with different values; give it once, requirements "
            "separated by ','");
  EXPECT_FALSE(Parse("fieldSelector=metadata.name%3Da&fieldSelector="));
}

}  // namespace
}  // namespace mpl::handlers
