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
        MatchCase{"x in (a,)", {{"x", ""}}, true}, MatchCase{"x in ()", {{"x", ""}}, true},
        MatchCase{"x in ()", {{"x", "a"}}, false}, MatchCase{"x notin ()", {}, true},
        MatchCase{"x in (,)", {{"x", ""}}, true}, MatchCase{"x notin (a,b)", {}, true},
        MatchCase{"x notin (a,b)", {{"x", "a"}}, false},
        MatchCase{"x notin (a,b),y", {{"y", "1"}}, true}, MatchCase{"x>1", {{"x", "2"}}, true},
        MatchCase{"x>1", {{"x", "1"}}, false}, MatchCase{"x<7", {{"x", "10"}}, false},
        MatchCase{"x<7", {{"x", "word"}}, false}, MatchCase{"x<7", {}, false},
        MatchCase{"in in (in,notin)", {{"in", "notin"}}, true},
        MatchCase{"app.kubernetes.io/name=a", {{"app.kubernetes.io/name", "a"}}, true}));

struct FaultCase {
  const char* selector;
  std::string fault;
};

class LabelSelectorFaults : public testing::TestWithParam<FaultCase> {};

TEST_P(LabelSelectorFaults, SayWhatWasFound) {
  const auto selector = LabelSelector::Parse(GetParam().selector);
  ASSERT_FALSE(selector);
  EXPECT_EQ(selector.error().kind, ErrorKind::kBadRequest);
  EXPECT_EQ(selector.error().message, GetParam().fault);
}

const std::string kNameRule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const std::string kValueRule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const std::string kPrefixRule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const std::string kNotParsed = "unable to parse requirement: ";
const std::string kBadKey = kNotParsed + "<nil>: Invalid value: ";
const std::string kNoInteger = "for 'Gt', 'Lt' operators, the value must be an integer";

// What labels.Parse of k8s.io/apimachinery 0.36.3 says, run with Go 1.26.
INSTANTIATE_TEST_SUITE_P(
    Table, LabelSelectorFaults,
    testing::Values(
        FaultCase{",", "found ',', expected: !, identifier, or 'end of string'"},
        FaultCase{"=a", "found '=', expected: !, identifier, or 'end of string'"},
        FaultCase{"(a)", "found '(', expected: !, identifier, or 'end of string'"},
        FaultCase{"x,", "found '', expected: identifier after ','"},
        FaultCase{"x,=y", "found '=', expected: identifier after ','"},
        FaultCase{"x=a b", "found 'b', expected: ',' or 'end of string'"},
        FaultCase{"!x=a", "found '=', expected: ',' or 'end of string'"},
        FaultCase{"x==a==b", "found '==', expected: ',' or 'end of string'"},
        FaultCase{"x y", kNotParsed + "found 'y', expected: in, notin, =, ==, !=, gt, lt"},
        FaultCase{"x!y", kNotParsed + "found '!', expected: in, notin, =, ==, !=, gt, lt"},
        FaultCase{"!", kNotParsed + "found '', expected: identifier"},
        FaultCase{"x=)", kNotParsed + "found ')', expected: identifier"},
        FaultCase{"x<=3", kNotParsed + "found '=', expected: identifier"},
        FaultCase{"x in a", kNotParsed + "found 'a' expected: '('"},
        FaultCase{"x in", kNotParsed + "found '' expected: '('"},
        FaultCase{"x in (", kNotParsed + "found '', expected: ',', ')' or identifier"},
        FaultCase{"x in (=", kNotParsed + "found '=', expected: ',', ')' or identifier"},
        FaultCase{"x in (a", kNotParsed + "found '', expected: ',' or ')'"},
        FaultCase{"x in (a b", kNotParsed + "found 'b', expected: ',' or ')'"},
        FaultCase{"x in (a,", kNotParsed + "found '', expected: ',', or identifier"},
        FaultCase{"x in (,", kNotParsed + "found '', expected: ',', or identifier"},
        FaultCase{"x in (a,=", kNotParsed + "found '=', expected: ',', or identifier"},
        FaultCase{"x>word", kNotParsed + "values[0]: Invalid value: \"word\": " + kNoInteger},
        FaultCase{"x>", kNotParsed + "values[0]: Invalid value: \"\": " + kNoInteger},
        FaultCase{"x>-5", kNotParsed + "values[0][x]: Invalid value: \"-5\": " + kValueRule},
        FaultCase{"x>+5", kNotParsed + "values[0][x]: Invalid value: \"+5\": " + kValueRule},
        FaultCase{"x>-", kNotParsed + "[values[0]: Invalid value: \"-\": " + kNoInteger +
                             ", values[0][x]: Invalid value: \"-\": " + kValueRule + "]"},
        FaultCase{"x in (-,_)", kNotParsed + "[values[0][x]: Invalid value: \"-\": " + kValueRule +
                                    ", values[1][x]: Invalid value: \"_\": " + kValueRule + "]"},
        FaultCase{"x=a/b", kNotParsed + "values[0][x]: Invalid value: \"a/b\": " + kValueRule},
        FaultCase{"a?b=c", kBadKey + "\"a?b\": name part " + kNameRule},
        FaultCase{"a\"b\\", kBadKey + R"("a\"b\\": name part )" + kNameRule},
        FaultCase{"/b=c", kBadKey + "\"/b\": prefix part must be non-empty"},
        FaultCase{"UPPER.io/b=c", kBadKey + "\"UPPER.io/b\": prefix part " + kPrefixRule},
        FaultCase{"a/", kBadKey + "\"a/\": name part must be non-empty; name part " + kNameRule},
        FaultCase{
            "a/b/c",
            kBadKey + "\"a/b/c\": a valid label key " + kNameRule +
                " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"}));

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
  // What fields.ParseSelector of k8s.io/apimachinery 0.36.3 says, run with Go 1.26.
  const auto fault = [](const char* text) {
    const auto selector = FieldSelector::Parse(text);
    EXPECT_FALSE(selector) << text;
    return selector ? "" : selector.error().message;
  };
  EXPECT_EQ(fault("metadata.name"),
            "invalid selector: 'metadata.name'; can't understand 'metadata.name'");
  EXPECT_EQ(fault("spec.x=1,a"), "invalid selector: 'spec.x=1,a'; can't understand 'a'");
  EXPECT_EQ(fault("metadata.name!a"),
            "invalid selector: 'metadata.name!a'; can't understand 'metadata.name!a'");
  EXPECT_EQ(fault("metadata.name=a=b"), "invalid field selector: unescaped character in value: 61");
  EXPECT_EQ(fault("metadata.name!==b"), "invalid field selector: unescaped character in value: 61");
  EXPECT_EQ(fault(R"(metadata.name=a\x)"),
            R"(invalid field selector: invalid escape sequence: \x)");
  EXPECT_EQ(fault("metadata.name=a\\"), "invalid field selector: invalid escape sequence: \\");
  EXPECT_THAT(fault("metadata.name!a=b"), HasSubstr("\"metadata.name!a\" is not a known field"));
  EXPECT_TRUE(FieldSelector::Parse("metadata.name!=!b")->Matches("b", ""));
}

}  // namespace
}  // namespace mpl::objects
