// Expected texts: what Go's encoding/json writes with MarshalIndent(v, "", "  ").
#include "kube/objects/json_indent.h"

#include <gtest/gtest.h>

namespace mpl::objects {
namespace {

constexpr std::string_view kCompact =
    R"({"kind":"List","metadata":{},"items":[{"a":"x, {y}: [\"\\"},1,null],"none":[],"n":[[]]})"
    "\n";
constexpr std::string_view kIndented = R"({
  "kind": "List",
  "metadata": {},
  "items": [
    {
      "a": "x, {y}: [\"\\"
    },
    1,
    null
  ],
  "none": [],
  "n": [
    []
  ]
})";

TEST(JsonIndent, WritesWhatGoWrites) { EXPECT_EQ(IndentJson(kCompact), kIndented); }

TEST(JsonIndent, TakesTheTextInAnyPieces) {
  for (std::size_t cut = 0; cut <= kCompact.size(); ++cut) {
    JsonIndenter indenter;
    std::string out;
    indenter.Append(out, kCompact.substr(0, cut));
    indenter.Append(out, kCompact.substr(cut));
    ASSERT_EQ(out, kIndented) << "cut at " << cut;
  }
}

TEST(JsonIndent, LeavesWhatIsIndentedAsItIs) { EXPECT_EQ(IndentJson(kIndented), kIndented); }

TEST(JsonIndent, TakesABareValue) {
  EXPECT_EQ(IndentJson("{}\n"), "{}");
  EXPECT_EQ(IndentJson(R"("a b")"), R"("a b")");
}

}  // namespace
}  // namespace mpl::objects
