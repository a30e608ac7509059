#include "kube/objects/yaml.h"

#include <gmock/gmock.h>

namespace mpl::objects {
namespace {

using ::testing::HasSubstr;

std::string Refusal(std::string_view text) {
  const auto documents = ParseYaml(text);
  if (documents) return "accepted";
  EXPECT_EQ(documents.error().kind, ErrorKind::kMalformed);
  return documents.error().message;
}

// YAML 1.2.2, chapter 10.3 (core schema).
TEST(Yaml, GivesPlainScalarsTheirTypes) {
  const auto documents = ParseYaml(
      "[true, false, null, ~, '', 12, -3, 1.5, 1e3, \"12\", 'true', yes, 0.1.2, !!str 7]");
  ASSERT_TRUE(documents);
  EXPECT_EQ(documents->at(0), Json({true, false, nullptr, nullptr, "", 12, -3, 1.5, 1000.0, "12",
                                    "true", "yes", "0.1.2", "7"}));
}

TEST(Yaml, LeavesEmptyDocumentsOut) {
  const auto documents = ParseYaml("---\na: 1\n---\n---\nb: 2\n");
  ASSERT_TRUE(documents);
  EXPECT_EQ(*documents, (std::vector<Json>{{{"a", 1}}, {{"b", 2}}}));
}

TEST(Yaml, WritesAliasesOut) {
  const auto documents = ParseYaml("a: &x [1, 2]\nb: *x\n&y c: *y\n");
  ASSERT_TRUE(documents);
  EXPECT_EQ(documents->at(0), Json({{"a", {1, 2}}, {"b", {1, 2}}, {"c", "c"}}));
}

TEST(Yaml, RefusesDocumentsThatStandForMoreThanTheyAre) {
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    const char before = static_cast<char>(c - 1);
    laughs += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) laughs += std::string(i == 0 ? "*" : ", *") + before;
    laughs += "]\n";
  }
  EXPECT_THAT(Refusal(laughs), HasSubstr("more than 100000 values"));
  EXPECT_THAT(Refusal("&a [*a]"), HasSubstr("an alias must not stand within what it names"));
  // Each level named and used by the next: deep without being long.
  std::string tower = "a: &a [x]\n";
  for (char c = 'b'; c <= 'e'; ++c) {
    tower += std::string(1, c) + ": &" + c + " " + std::string(30, '[') + "*" + char(c - 1) +
             std::string(30, ']') + "\n";
  }
  EXPECT_THAT(Refusal(tower), HasSubstr("line 5, column 37: nested deeper than 100 levels"));
  EXPECT_THAT(Refusal(std::string(101, '[') + std::string(101, ']')),
              HasSubstr("deeper than 100 levels"));
  EXPECT_EQ(Refusal(std::string(100, '[') + std::string(100, ']')), "accepted");
}

TEST(Yaml, RefusesWhatJsonCannotHold) {
  EXPECT_THAT(Refusal("a: \xff"), HasSubstr("UTF-8"));
  EXPECT_THAT(Refusal("a: \"\\N\""), HasSubstr("write \\u0085"));
  EXPECT_EQ(ParseYaml("\"\\u0085\"")->at(0), "\u0085");
  EXPECT_THAT(Refusal("? [a, b]\n: c\n"), HasSubstr("a key must be text"));
  EXPECT_THAT(Refusal("a: {"), HasSubstr("YAML line "));
}

// yaml-cpp 0.7.0 by itself reads documents for ever here, and each takes memory.
TEST(Yaml, RefusesWhatFollowsADocumentAndBeginsNone) {
  EXPECT_EQ(Refusal("{\"a\": 1},\n"),
            "YAML line 1, column 9: nothing can follow the document here");
  EXPECT_THAT(Refusal("a: 1\n---\n[1],\n"), HasSubstr("line 3, column 4: nothing can"));
}

// Without a mark that says so, no text of ours is UTF-16 or UTF-32.
TEST(Yaml, RefusesNul) {
  EXPECT_THAT(Refusal(std::string_view("1\0\0\0a\0\0\0", 8)), HasSubstr("UTF-8"));
  EXPECT_THAT(Refusal(std::string_view("a: b\0", 5)), HasSubstr("UTF-8"));
}

TEST(Yaml, TakesTextAsKeyWhateverItLooksLike) {
  const auto documents = ParseYaml("1: a\ntrue: b\n\"c\": d\n");
  ASSERT_TRUE(documents);
  EXPECT_EQ(documents->at(0), Json({{"1", "a"}, {"true", "b"}, {"c", "d"}}));
}

TEST(Yaml, ReadsBackWhatItWrites) {
  const Json values = {
      {"text", {"",      "a",    "true",     "No",     "12",           "1.5",    "~",   " a",
                "a ",    "a: b", "# c",      "-",      "- x",          "\ttab",  "a\n", "a\nb\n",
                "a\n\n", "\n",   "a\n  b\n", "a\n \n", "\u00e4\u20ac", "\u007f", "*a",  "&a",
                "!a",    "@a",   "|",        ">",      "%a",           "{",      "}"}},
      {"numbers", {0, -1, 1.5, 1e300, 1e-7, 18446744073709551615.0}},
      {"others", {nullptr, true, Json::array(), Json::object()}},
      {"", {{"no", 1}, {"a b", {{{"deep", {{{"er", 1}}}}}}}}},
      {std::string(2000, 'k'), std::string(2000, 'v')}};
  const auto documents = ParseYaml(ToYaml(values));
  ASSERT_TRUE(documents) << documents.error().message;
  EXPECT_EQ(documents->at(0), values);
}

// YAML 1.1, chapter 4.2: NEL, LS and PS break lines, and a reader folds them. JSON (RFC 8259,
// chapter 7) lets each be written as an escape, and so does YAML.
TEST(Yaml, WritesNoLineBreakOfOlderReadersWithinQuotes) {
  const Json value = {
      {"next\u0085line", "line \u2028 separator, paragraph \u2029 separator: \u00fc"}};
  const std::string text = ToYaml(value);
  EXPECT_EQ(
      text,
      "\"next\\u0085line\": \"line \\u2028 separator, paragraph \\u2029 separator: \u00fc\"\n");
  EXPECT_EQ(ParseYaml(text)->at(0), value);
}

}  // namespace
}  // namespace mpl::objects
