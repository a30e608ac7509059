#include "operator/diagnosis/finding.h"

#include <gmock/gmock.h>

namespace mpl::diagnosis {
namespace {

const std::vector<Finding> kThree = {
    Fine(subject::kServer, "answers"), Note(subject::kRights, "cannot be asked for", "w", "r"),
    Fault(subject::kCrd, "is missing", "nothing works", "make it")};

TEST(Findings, AreReadByPeople) {
  EXPECT_EQ(Describe(kThree),
            "ok    API server: answers\n"
            "note  rights: cannot be asked for\n"
            "      why: w\n"
            "      fix: r\n"
            "FAIL  custom resource: is missing\n"
            "      why: nothing works\n"
            "      fix: make it\n"
            "1 fault, 1 note, 1 fine\n");
}

TEST(Findings, AreReadByPrograms) {
  EXPECT_EQ(ToJson(kThree), Json::parse(R"({"ok": false, "faults": 1, "notes": 1, "findings": [
      {"mark": "Fine", "subject": "API server", "what": "answers"},
      {"mark": "Note", "subject": "rights", "what": "cannot be asked for", "why": "w", "remedy": "r"},
      {"mark": "Fault", "subject": "custom resource", "what": "is missing", "why": "nothing works",
       "remedy": "make it"}]})"));
}

TEST(Findings, OnlyFaultsStandInTheWay) {
  EXPECT_TRUE(HasFault(kThree));
  EXPECT_FALSE(HasFault({kThree[0], kThree[1]}));
}

TEST(Findings, NameThreeAndCountTheRest) {
  EXPECT_EQ(SomeOf({"a", "b", "c"}), "a, b, c");
  EXPECT_EQ(SomeOf({"a", "b", "c", "d", "e"}), "a, b, c and 2 more");
}

}  // namespace
}  // namespace mpl::diagnosis
