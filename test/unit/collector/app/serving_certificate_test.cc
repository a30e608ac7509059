#include "collector/app/serving_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kube/telemetry/log.h"
#include "test/support/certs/certs.h"

namespace mpl::app {
namespace {

using testing::HasSubstr;

class ServingCertificateTest : public testing::Test {
 protected:
  void SetUp() override {
    log::CaptureForTest([](std::string_view) {});
    folder_ = std::filesystem::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    log::CaptureForTest({});
    std::filesystem::remove_all(folder_);
  }
  std::string Write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name) << content;
    return folder_ / name;
  }

  test::Authority authority_;
  std::filesystem::path folder_;
};

TEST_F(ServingCertificateTest, MakesOneOfItsOwnWithoutFiles) {
  ServingCertificate certificate("", "", "host-1");
  EXPECT_EQ(certificate.context(), nullptr);

  ASSERT_TRUE(certificate.Load().has_value());
  const auto first = certificate.context();
  ASSERT_TRUE(certificate.Load().has_value());

  EXPECT_NE(first, nullptr);
  EXPECT_EQ(certificate.context(), first);
}

TEST_F(ServingCertificateTest, TakesUpAChangedPairAndKeepsTheOldOneMeanwhile) {
  const x509::KeyPair one = authority_.IssueForLoopback();
  const x509::KeyPair two = authority_.IssueForLoopback();
  ServingCertificate certificate(Write("tls.crt", one.certificate_pem),
                                 Write("tls.key", one.private_key_pem), "");
  ASSERT_TRUE(certificate.Load().has_value());
  const auto first = certificate.context();

  Write("tls.crt", two.certificate_pem);  // the key is still the old one
  const auto half = certificate.Load();
  EXPECT_FALSE(half.has_value());
  EXPECT_EQ(certificate.context(), first);

  Write("tls.key", two.private_key_pem);
  ASSERT_TRUE(certificate.Load().has_value());
  EXPECT_NE(certificate.context(), first);
}

TEST_F(ServingCertificateTest, NamesTheFlagOfAMissingFile) {
  ServingCertificate certificate(Write("tls.crt", authority_.IssueForLoopback().certificate_pem),
                                 folder_ / "absent", "");

  const auto loaded = certificate.Load();

  ASSERT_FALSE(loaded.has_value());
  EXPECT_THAT(loaded.error().message, HasSubstr("--tls-key-file"));
  EXPECT_THAT(loaded.error().message, HasSubstr("absent"));
}

}  // namespace
}  // namespace mpl::app
