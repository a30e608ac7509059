// Rules: RFC 1123 as Kubernetes reads it, k8s.io/apimachinery pkg/api/validate/content. The words
// of faults are checked where they are shown: selector_test.cc.
#include "kube/objects/names.h"

#include <gmock/gmock.h>

namespace mpl::objects {
namespace {

TEST(DnsLabel, IsLowerCaseDigitsAndInnerDashes) {
  for (const char* good : {"a", "0", "web-0", "a--b"}) EXPECT_TRUE(IsDnsLabel(good)) << good;
  for (const char* bad : {"", "-a", "a-", "A", "a.b", "a_b", "a b", "\xc3\xa9"}) {
    EXPECT_FALSE(IsDnsLabel(bad)) << bad;
  }
  EXPECT_TRUE(IsDnsLabel(std::string(63, 'a')));
  EXPECT_FALSE(IsDnsLabel(std::string(64, 'a')));
}

TEST(DnsSubdomain, IsLabelsJoinedByDots) {
  for (const char* good : {"a", "a.b", "0.1.2", "example.com"}) {
    EXPECT_TRUE(IsDnsSubdomain(good)) << good;
  }
  for (const char* bad : {"", ".", "a.", ".a", "a..b", "a.-b", "Example.com"}) {
    EXPECT_FALSE(IsDnsSubdomain(bad)) << bad;
  }
  // The limit is that of the whole: Kubernetes does not count the parts.
  EXPECT_TRUE(IsDnsSubdomain(std::string(253, 'a')));
  EXPECT_FALSE(IsDnsSubdomain(std::string(254, 'a')));
}

TEST(LabelKey, IsANameWithAnOptionalDomain) {
  for (const char* good : {"app", "MyName", "my.name", "123-abc", "example.com/MyName", "a/b"}) {
    EXPECT_EQ(LabelKeyFault(good), "") << good;
  }
  for (const char* bad : {"", "/", "a/", "/a", "a/b/c", "-a", "a-", "Example.com/a", "a?b"}) {
    EXPECT_NE(LabelKeyFault(bad), "") << bad;
  }
  EXPECT_EQ(LabelKeyFault(std::string(253, 'a') + "/" + std::string(63, 'b')), "");
  EXPECT_EQ(LabelKeyFault(std::string(64, 'b')), "name part must be no more than 63 bytes");
  EXPECT_EQ(LabelKeyFault(std::string(254, 'a') + "/b"),
            "prefix part must be no more than 253 bytes");
}

TEST(LabelValue, MayBeEmpty) {
  for (const char* good : {"", "MyValue", "my_value", "12345"}) {
    EXPECT_EQ(LabelValueFault(good), "") << good;
  }
  for (const char* bad : {"-", "a/b", "_a", "a b"}) EXPECT_NE(LabelValueFault(bad), "") << bad;
  EXPECT_EQ(LabelValueFault(std::string(64, 'a')), "must be no more than 63 bytes");
}

}  // namespace
}  // namespace mpl::objects
