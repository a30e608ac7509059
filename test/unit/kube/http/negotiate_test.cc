// Rules: RFC 9110 §12.5.1; Accept headers as kubectl, client-go and kube-aggregator send them.
#include "kube/http/negotiate.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

namespace mpl::http {
namespace {

const std::vector<Offer>& Offers() {
  static const std::vector<Offer> offers = {
      {.media_type = "application/json"},
      {.media_type = "application/json", .as = "Table", .group = "meta.k8s.io", .version = "v1"},
      {.media_type = "application/vnd.kubernetes.protobuf"},
  };
  return offers;
}

constexpr int kNone = -1;

struct Case {
  const char* accept;
  int chosen;
};

class Negotiation : public testing::TestWithParam<Case> {};

TEST_P(Negotiation, ChoosesTheOffer) {
  const Headers headers = {{"Accept", GetParam().accept}};
  const auto chosen = Negotiate(headers, Offers());
  EXPECT_EQ(chosen ? static_cast<int>(*chosen) : kNone, GetParam().chosen) << GetParam().accept;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Negotiation,
    testing::Values(
        Case{"", 0}, Case{"*/*", 0}, Case{"application/*", 0}, Case{"APPLICATION/JSON", 0},
        Case{"application/json", 0}, Case{"application/json;charset=utf-8", 0},
        Case{"application/vnd.kubernetes.protobuf, */*", 2},  // kubectl top
        Case{"*/*, application/vnd.kubernetes.protobuf", 2},  // the specific one first
        Case{"application/json;as=Table;v=v1;g=meta.k8s.io,application/json", 1},  // kubectl get
        Case{"application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", 0},
        Case{"application/json; AS=Table; V=\"v1\"; G=meta.k8s.io", 1},
        Case{"application/json;as=Table;v=v1", kNone},
        // Part of a conversion is a conversion that we do not know.
        Case{"application/json;v=v1;g=meta.k8s.io", kNone}, Case{"application/json;v=v1,*/*", 0},
        // Both are equally specific: the client's order decides.
        Case{"application/json,application/json;as=Table;v=v1;g=meta.k8s.io", 0},
        Case{"*/*;as=Table;v=v1;g=meta.k8s.io", 1}, Case{"*", 0}, Case{"text/html, *; q=.2", 0},
        Case{"application/json;q=0.5,application/vnd.kubernetes.protobuf;q=0.9", 2},
        Case{"application/json;q=0,*/*", 2}, Case{"application/json;q=0", kNone},
        Case{"*/*;q=0", kNone}, Case{"application/json;q=abc", kNone}, Case{"text/html", kNone},
        Case{"nonsense", kNone},
        Case{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 0}));  // a browser

TEST(Choose, TellsWhetherTheChosenRangeIsPretty) {
  const auto pretty = [](const char* accept) {
    return Choose({{"Accept", accept}}, Offers())->pretty;
  };
  EXPECT_TRUE(pretty("application/json;pretty=1"));
  EXPECT_FALSE(pretty("application/json;pretty=true"));  // k8s.io/apiserver takes "1" alone
  EXPECT_FALSE(pretty("application/json, */*;pretty=1"));
}

TEST(Negotiate, TakesTheFirstOfferWithoutAnAcceptHeader) {
  EXPECT_EQ(*Negotiate({}, Offers()), 0U);
}

TEST(Negotiate, ReadsEveryAcceptHeader) {
  const Headers headers = {{"Accept", "text/html"}, {"accept", "application/json"}};
  EXPECT_EQ(*Negotiate(headers, Offers()), 0U);
}

std::string Times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

// Each of the last ranges matched what the first ones exclude, and was compared with all others:
// hours of work for one header of a mebibyte, before anybody knows who sent it.
TEST(Negotiate, PaysForNoMoreRangesThanAClientNames) {
  const std::string none =
      "application/json;q=0,application/json;as=Table;g=meta.k8s.io;v=v1;q=0,"
      "application/vnd.kubernetes.protobuf;q=0";
  const Headers headers = {{"Accept", none + Times(500'000, ",*")}};
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(Negotiate(headers, Offers()));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
}

TEST(Negotiate, ReadsSixtyFourRangesOfAllAcceptHeaders) {
  const std::string unknown = Times(31, "text/html,");
  const std::string protobuf = "application/vnd.kubernetes.protobuf";
  EXPECT_EQ(Negotiate({{"Accept", unknown}, {"Accept", unknown + "a/b," + protobuf}}, Offers()),
            2U);
  EXPECT_FALSE(
      Negotiate({{"Accept", unknown}, {"Accept", unknown + "a/b,c/d," + protobuf}}, Offers()));
}

TEST(Negotiate, ListsEachMediaTypeOnceWhenNothingFits) {
  const auto refused = Negotiate({{"Accept", "text/html"}}, Offers());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotAcceptable);
  EXPECT_EQ(refused.error().message,
            "only the following media types are accepted: application/json, "
            "application/vnd.kubernetes.protobuf");
}

}  // namespace
}  // namespace mpl::http
