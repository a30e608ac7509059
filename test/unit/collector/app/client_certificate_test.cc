#include "collector/app/client_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kube/telemetry/log.h"
#include "test/support/certs/certs.h"

namespace mpl::app {
namespace {

using testing::HasSubstr;

class ClientCertificateTest : public testing::Test {
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
  x509::KeyPair Issue(const std::string& user) const {
    test::LeafOptions options;
    options.common_name = user;
    options.purpose = x509::Purpose::kClientAuth;
    return authority_.Issue(options);
  }

  test::Authority authority_;
  std::filesystem::path folder_;
};

TEST_F(ClientCertificateTest, IsNoneWithoutFiles) {
  ClientCertificate certificate("", "");

  EXPECT_EQ(certificate.Load().value(), false);
  EXPECT_EQ(certificate.pair(), std::nullopt);
}

TEST_F(ClientCertificateTest, IsTakenUpWhenItComesAndWhenItChanges) {
  const x509::KeyPair one = Issue("one"), two = Issue("two");
  ClientCertificate certificate(folder_ / "tls.crt", folder_ / "tls.key");
  const auto missing = certificate.Load();
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("--kubelet-client-certificate"));
  EXPECT_EQ(certificate.pair(), std::nullopt);

  Write("tls.crt", one.certificate_pem);
  Write("tls.key", one.private_key_pem);
  EXPECT_EQ(certificate.Load().value(), true);
  EXPECT_EQ(certificate.Load().value(), false) << "nothing has changed";

  Write("tls.crt", two.certificate_pem);  // the key is still the old one
  EXPECT_FALSE(certificate.Load());
  EXPECT_EQ(certificate.pair()->certificate_chain, one.certificate_pem);
  Write("tls.key", two.private_key_pem);
  EXPECT_EQ(certificate.Load().value(), true);
  EXPECT_EQ(certificate.pair()->certificate_chain, two.certificate_pem);
}

}  // namespace
}  // namespace mpl::app
