#include "collector/trust/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mpl::trust {
namespace {

using testing::HasSubstr;

struct ErrorRow {
  Error error;
  ScrapeFailure reason;
};

// Messages as kube/net words them.
const ErrorRow kErrors[] = {
    {{ErrorKind::kUnreachable, "connect to 10.0.0.1:10250: Connection refused"},
     ScrapeFailure::kUnreachable},
    {{ErrorKind::kUnreachable, "resolve node1: Host not found"}, ScrapeFailure::kDnsFailure},
    {{ErrorKind::kClosed, "read answer: end of stream"}, ScrapeFailure::kUnreachable},
    {{ErrorKind::kTimeout, "GET /metrics/resource: no answer in 10s"}, ScrapeFailure::kTimeout},
    {{ErrorKind::kUntrusted, "certificate CN=x"}, ScrapeFailure::kUntrustedCertificate},
    {{ErrorKind::kTls, "TLS handshake with 10.0.0.1:10250: wrong version number"},
     ScrapeFailure::kTlsHandshakeFailed},
    // What a kubelet does whose serving CSR was not approved yet: Go's TLS server answers alert 80.
    {{ErrorKind::kTls, "TLS handshake with 10.0.0.1:10250: peer sent alert: internal error"},
     ScrapeFailure::kNoServingCertificate},
    {{ErrorKind::kRequestTooLarge, "body exceeds 64 MiB"}, ScrapeFailure::kBodyTooLarge},
    {{ErrorKind::kMalformed, "bad status line"}, ScrapeFailure::kMalformed},
    // A blank in the annotation that names the path.
    {{ErrorKind::kInvalid, "request target \"/metrics/resource \": blanks must be escaped"},
     ScrapeFailure::kNotFound},
};

TEST(ScrapeFailure, FollowsFromWhatTheClientAnswered) {
  for (const ErrorRow& row : kErrors) {
    const ScrapeFault fault = FaultFromError(row.error);
    EXPECT_EQ(Name(fault.reason), Name(row.reason)) << row.error.message;
    EXPECT_THAT(fault.message, HasSubstr(row.error.message));
    EXPECT_THAT(fault.message, HasSubstr(std::string(Remedy(row.reason))));
  }
}

TEST(ScrapeFailure, FollowsFromTheStatusCode) {
  const std::pair<int, ScrapeFailure> rows[] = {
      {401, ScrapeFailure::kUnauthorized}, {403, ScrapeFailure::kForbidden},
      {404, ScrapeFailure::kNotFound},     {500, ScrapeFailure::kBadStatus},
      {302, ScrapeFailure::kBadStatus},    {204, ScrapeFailure::kBadStatus}};

  for (const auto& [status, reason] : rows) {
    const auto fault = FaultFromStatus(status, "/metrics/resource");
    ASSERT_TRUE(fault.has_value()) << status;
    EXPECT_EQ(Name(fault->reason), Name(reason)) << status;
    EXPECT_THAT(fault->message, HasSubstr(std::to_string(status)));
    EXPECT_THAT(fault->message, HasSubstr("/metrics/resource"));
  }
  EXPECT_FALSE(FaultFromStatus(200, "/metrics/resource").has_value());
}

TEST(ScrapeFailure, ALongStoryEndsWithTheRemedyAllTheSame) {
  const ScrapeFault fault =
      MakeFault(ScrapeFailure::kUntrustedCertificate, std::string(1'999, 'x') + "ü" + "y");
  EXPECT_THAT(fault.message, testing::StartsWith(std::string(1'999, 'x') + "…. "));
  EXPECT_THAT(fault.message, HasSubstr(std::string(Remedy(ScrapeFailure::kUntrustedCertificate))));
}

TEST(ScrapeFailure, HasANameAndARemedyOfItsOwnEach) {
  std::set<std::string_view> names;
  std::set<std::string_view> remedies;
  for (const ScrapeFailure failure : kAllScrapeFailures) {
    names.insert(Name(failure));
    remedies.insert(Remedy(failure));
  }

  // The closed list of the work order.
  const std::set<std::string_view> expected = {"Unreachable",
                                               "Timeout",
                                               "DNSFailure",
                                               "TLSHandshakeFailed",
                                               "NoServingCertificate",
                                               "UntrustedCertificate",
                                               "NameMismatch",
                                               "CertificateExpired",
                                               "KubeletKeyChanged",
                                               "Unauthorized",
                                               "Forbidden",
                                               "NotFound",
                                               "BadStatus",
                                               "BodyTooLarge",
                                               "Malformed",
                                               "NoAddress",
                                               "StatsUnavailable"};
  EXPECT_EQ(names, expected);
  EXPECT_EQ(remedies.size(), expected.size());
  EXPECT_THAT(std::string(Remedy(ScrapeFailure::kNoServingCertificate)),
              HasSubstr("kubectl get csr"));
}

TEST(ScrapeFailure, KnowsWhatConcernsTrust) {
  EXPECT_TRUE(ConcernsTrust(ScrapeFailure::kTlsHandshakeFailed));
  EXPECT_TRUE(ConcernsTrust(ScrapeFailure::kNoServingCertificate));
  EXPECT_TRUE(ConcernsTrust(ScrapeFailure::kKubeletKeyChanged));
  EXPECT_FALSE(ConcernsTrust(ScrapeFailure::kTimeout));
  EXPECT_FALSE(ConcernsTrust(ScrapeFailure::kForbidden));
}

TEST(ScrapeFailure, SendsToAnotherAddressOnlyWhenThatMayHelp) {
  EXPECT_TRUE(WorthAnotherAddress(ScrapeFailure::kUnreachable));
  EXPECT_TRUE(WorthAnotherAddress(ScrapeFailure::kDnsFailure));
  EXPECT_TRUE(WorthAnotherAddress(ScrapeFailure::kNameMismatch));
  EXPECT_FALSE(WorthAnotherAddress(ScrapeFailure::kForbidden));
  EXPECT_FALSE(WorthAnotherAddress(ScrapeFailure::kKubeletKeyChanged));
}

}  // namespace
}  // namespace mpl::trust
