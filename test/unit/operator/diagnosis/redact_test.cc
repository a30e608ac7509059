#include "operator/diagnosis/redact.h"

#include <gmock/gmock.h>

#include "kube/base/digest.h"
#include "test/support/certs/certs.h"

namespace mpl::diagnosis {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// The form of a JSON web token (RFC 7519, section 3.1): three parts of base64url, the first one an
// object. Made up.
const std::string kWebToken =
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzY3JhcGVyIn0.c2lnbmF0dXJlLW9mLXRlc3Q";

x509::KeyPair Pair() { return test::Authority().IssueForLoopback(); }

Json Secret(const std::map<std::string, std::string>& data) {
  Json secret = {
      {"kind", "Secret"},
      {"type", "kubernetes.io/tls"},
      {"metadata",
       {{"name", "s"},
        {"annotations",
         {{"kubectl.kubernetes.io/last-applied-configuration", "{\"data\": \"all\"}"}}}}}};
  for (const auto& [key, value] : data) secret["data"][key] = Base64Encode(value);
  return secret;
}

TEST(Redaction, ASecretKeepsNamesKeysAndDates) {
  const x509::KeyPair pair = Pair();
  const Json described = WithoutSecrets(
      Secret({{"tls.crt", pair.certificate_pem}, {"tls.key", pair.private_key_pem}}));
  EXPECT_EQ(described["metadata"]["name"], "s");
  EXPECT_EQ(described["keys"]["tls.key"], Json({{"bytes", pair.private_key_pem.size()}}));
  EXPECT_EQ(described["keys"]["tls.crt"]["certificates"][0]["notAfter"],
            FormatRfc3339(test::ValidUntil()));
  EXPECT_FALSE(described.contains("data"));
  EXPECT_THAT(described.dump(), Not(HasSubstr("last-applied")));
}

TEST(Redaction, GoesThroughLists) {
  Json item = Secret({{"password", "correct horse"}});
  item.erase("kind");  // the items of a list have none
  const Json list = {{"kind", "SecretList"}, {"items", {item}}};
  EXPECT_THAT(WithoutSecrets(list).dump(), Not(HasSubstr(Base64Encode("correct horse"))));
}

TEST(Redaction, EnvironmentAndFlagsLoseWhatSoundsSecret) {
  const Json pod = Json::parse(R"({"kind": "Pod", "metadata": {"managedFields": [1]}, "spec":
      {"containers": [{"env": [{"name": "API_TOKEN", "value": "open sesame"},
                               {"name": "LEVEL", "value": "debug"}],
                       "args": ["--password=open sesame", "--tls-private-key-file=/tmp/key",
                                "--level=debug", "--api-key", "open sesame", "--token",
                                "/var/token", "--secret", "--verbose", "loud"]}]}})");
  const Json result = WithoutSecrets(pod);
  EXPECT_THAT(
      result.dump(),
      AllOf(Not(HasSubstr("sesame")), HasSubstr("API_TOKEN"), HasSubstr("--password=[removed]"),
            HasSubstr("/tmp/key"), HasSubstr("--level=debug"), HasSubstr("LEVEL"),
            HasSubstr("/var/token"), HasSubstr("loud"), Not(HasSubstr("managedFields"))));
}

TEST(Redaction, TextsLoseKeysAndTokensByTheirShape) {
  const x509::KeyPair pair = Pair();
  const std::string log = "before\n" + pair.private_key_pem + "between\nAuthorization: Bearer " +
                          kWebToken + "\ntoken=" + kWebToken + " after\nbearer of news\n" +
                          pair.certificate_pem;
  EXPECT_EQ(Scrub(log, {}),
            "before\n[removed]\nbetween\nAuthorization: Bearer [removed]\ntoken=[removed] after\n"
            "bearer of news\n" +
                pair.certificate_pem);
  // In JSON a line break is written as \n.
  const std::string quoted = Json(pair.private_key_pem).dump();
  EXPECT_EQ(Scrub(quoted, {}), "\"[removed]\\n\"");
}

TEST(Redaction, ATokenEndsWithItsThirdPartWhateverFollows) {
  for (const char* after : {"", ".", "..", "...", "/a.b", ".more.and.more", "=", "\", \"x"}) {
    EXPECT_EQ(Scrub("token " + kWebToken + after, {}), std::string("token [removed]") + after);
  }
  // RFC 7519, section 6: unsecured, with an empty signature.
  const std::string unsecured = kWebToken.substr(0, kWebToken.rfind('.') + 1);
  EXPECT_EQ(Scrub(unsecured + " x", {}), "[removed] x");
}

TEST(Redaction, WhatOnlyBeginsLikeATokenStays) {
  const std::string part = kWebToken.substr(0, kWebToken.find('.'));
  for (const std::string& text :
       {part + part, part + "." + part, part + "/" + part + "..x", part}) {
    EXPECT_EQ(Scrub(text, {}), text);
  }
}

TEST(Redaction, ACutOffKeyIsRemovedToTheEnd) {
  const std::string key = Pair().private_key_pem;
  EXPECT_EQ(Scrub("x\n" + key.substr(0, key.size() / 2), {}), "x\n[removed]");
}

TEST(Redaction, ValuesOfSecretsAreRemovedWhereverTheyStand) {
  const Json secret =
      Secret({{"a", "line one\nline two"}, {"b", "short"}, {"namespace", "default"}});
  const auto values = SecretValues(secret);
  const Json elsewhere = {{"note", "it is line one\nline two, you know"}};
  EXPECT_EQ(Scrub("raw line one\nline two", values), "raw [removed]");
  EXPECT_EQ(Scrub(elsewhere.dump(), values), "{\"note\":\"it is [removed], you know\"}");
  EXPECT_EQ(Scrub(Base64Encode("line one\nline two"), values), "[removed]");
  EXPECT_EQ(Scrub("short, in default", values), "short, in default");
}

TEST(Redaction, CertificatesArePublic) {
  EXPECT_THAT(SecretValues(Secret({{"ca.crt", test::Authority().ca_pem()}})), testing::IsEmpty());
}

}  // namespace
}  // namespace mpl::diagnosis
