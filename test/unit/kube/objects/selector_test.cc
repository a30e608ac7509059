// Cases and wording of faults: k8s.io/apimachinery pkg/labels (grammar in its package comment) and
// pkg/fields; the unknown-field text was recorded from metrics-server 0.9.
#include "kube/objects/selector.h"

#include <gmock/gmock.h>

namespace mpl::objects {
namespace {

using testing::HasSubstr;

struct MatchCase {
  const char* selector;
  Labels labels;
  bool matches;
};

class LabelSelectorMatching : public testing::TestWithParam<MatchCase> {};

TEST_P(LabelSelectorMatching, FollowsKubernetes) {
  const auto selector = LabelSelector::Parse(GetParam().selector);
  ASSERT_TRUE(selector) << selector.error().message;
  EXPECT_EQ(selector->Matches(GetParam().labels), GetParam().matches);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LabelSelectorMatching,
    testing::Values(
        MatchCase{"", {}, true}, MatchCase{"  ", {{"x", "y"}}, true},
        MatchCase{"x=y", {{"x", "y"}}, true}, MatchCase{"x==y", {{"x", "z"}}, false},
        MatchCase{" x = y , z = w ", {{"x", "y"}, {"z", "w"}}, true},
        MatchCase{"x=", {{"x", ""}}, true}, MatchCase{"x=", {}, false}, MatchCase{"x!=y", {}, true},
        MatchCase{"x!=y", {{"x", "y"}}, false}, MatchCase{"x", {{"x", ""}}, true},
        MatchCase{"x", {{"y", ""}}, false}, MatchCase{"!x", {}, true},
        MatchCase{"!x", {{"x", ""}}, false}, MatchCase{"x in (a,b)", {{"x", "b"}}, true},
        MatchCase{"x in (a,b)", {}, false}, MatchCase{"x in ( a , b )", {{"x", "c"}}, false},
        MatchCase{"x in (,a)", {{"x", ""}}, true}, MatchCase{"x in (a,,b)", {{"x", ""}}, true},
        MatchCase{"x in (a,)", {{"x", ""}}, true}, MatchCase{"x notin (a,b)", {}, true},
        MatchCase{"x notin (a,b)", {{"x", "a"}}, false},
        MatchCase{"x notin (a,b),y", {{"y", "1"}}, true}, MatchCase{"x>1", {{"x", "2"}}, true},
        MatchCase{"x>1", {{"x", "1"}}, false}, MatchCase{"x<7", {{"x", "10"}}, false},
        MatchCase{"x<7", {{"x", "word"}}, false}, MatchCase{"x<7", {}, false},
        MatchCase{"in in (in,notin)", {{"in", "notin"}}, true},
        MatchCase{"app.kubernetes.io/name=a", {{"app.kubernetes.io/name", "a"}}, true}));

struct FaultCase {
  const char* selector;
  const char* fault;
};

class LabelSelectorFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(LabelSelectorFaults, SayWhatWasFound) {
  const auto selector = LabelSelector::Parse(GetParam().selector);
  ASSERT_FALSE(selector);
  EXPECT_EQ(selector.error().kind, ErrorKind::kBadRequest);
  EXPECT_THAT(selector.error().message, HasSubstr(GetParam().fault));
}

INSTANTIATE_TEST_SUITE_P(
    Table, LabelSelectorFaults,
    testing::Values(FaultCase{",", "found ',', expected: !, identifier, or 'end of string'"},
                    FaultCase{"=a", "found '=', expected: !, identifier, or 'end of string'"},
                    FaultCase{"x,", "found '', expected: identifier after ','"},
                    FaultCase{"x,=y", "found '=', expected: identifier after ','"},
                    FaultCase{"x y", "found 'y', expected: in, notin, =, ==, !=, gt, lt"},
                    FaultCase{"x=a b", "found 'b', expected: ',' or 'end of string'"},
                    FaultCase{"!", "found '', expected: identifier"},
                    FaultCase{"!x=a", "found '=', expected: ',' or 'end of string'"},
                    FaultCase{"x in a", "found 'a' expected: '('"},
                    FaultCase{"x in (a", "found '', expected: ',' or ')'"},
                    FaultCase{"x in ()", "values set can't be empty"},
                    FaultCase{"x>word", "for 'Gt', 'Lt' operators, the value must be an integer"},
                    FaultCase{"x>", "must be an integer"},
                    FaultCase{"a?b=c", "key: Invalid value: \"a?b\": name part must consist of"},
                    FaultCase{"/b=c", "prefix part must be non-empty"},
                    FaultCase{"UPPER.io/b=c", "prefix part"},
                    FaultCase{"x=-", "values[0][x]: Invalid value: \"-\": a valid label must be"}));

TEST(LabelSelector, RefusesNamesAndValuesOver63Characters) {
  EXPECT_TRUE(LabelSelector::Parse(std::string(63, 'a') + "=" + std::string(63, 'b')));
  EXPECT_FALSE(LabelSelector::Parse(std::string(64, 'a') + "=b"));
  EXPECT_FALSE(LabelSelector::Parse("a=" + std::string(64, 'b')));
}

TEST(LabelSelector, TakesNineThousandRequirements) {
  // metrics-server 0.9 accepts them (measured); so must a replacement.
  std::string text = "x0";
  for (int i = 1; i < 9000; ++i) text += ",x" + std::to_string(i);
  const auto selector = LabelSelector::Parse(text);
  ASSERT_TRUE(selector);
  EXPECT_EQ(selector->requirements().size(), 9000U);
}

TEST(FieldSelector, MatchesNameAndNamespace) {
  const auto selector = FieldSelector::Parse("metadata.name=a,metadata.namespace!=b");
  ASSERT_TRUE(selector);
  EXPECT_TRUE(selector->Matches("a", "c"));
  EXPECT_FALSE(selector->Matches("a", "b"));
  EXPECT_FALSE(selector->Matches("x", "c"));
  EXPECT_EQ(selector->ExactMatch("metadata.name"), "a");
  EXPECT_EQ(selector->ExactMatch("metadata.namespace"), std::nullopt);
}

TEST(FieldSelector, SkipsEmptyTermsAndUnescapesValues) {
  const auto selector = FieldSelector::Parse(R"(,metadata.name==a\,b\=c\\d,)");
  ASSERT_TRUE(selector) << selector.error().message;
  EXPECT_EQ(selector->ExactMatch("metadata.name"), R"(a,b=c\d)");
  EXPECT_TRUE(FieldSelector::Parse("")->empty());
}

TEST(FieldSelector, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(FieldSelector::Parse("spec.nodeName=x").error().message,
            "\"spec.nodeName\" is not a known field selector: only \"metadata.name\", "
            "\"metadata.namespace\"");
  EXPECT_THAT(FieldSelector::Parse("metadata.name").error().message,
              HasSubstr("can't understand 'metadata.name'"));
  EXPECT_FALSE(FieldSelector::Parse("metadata.name=a=b"));
  EXPECT_FALSE(FieldSelector::Parse(R"(metadata.name=a\x)"));
  EXPECT_FALSE(FieldSelector::Parse("metadata.name=a\\"));
  EXPECT_EQ(FieldSelector::Parse("metadata.name!a").error().kind, ErrorKind::kBadRequest);
}

}  // namespace
}  // namespace mpl::objects
