#include "kube/client/credentials.h"

#include "kube/base/text.h"
#include "kube/client/read_file.h"
#include "kube/telemetry/log.h"

namespace mpl::client {
namespace {

// Projected service account tokens and mounted certificates change under us; client-go looks every
// minute for the token.
constexpr std::chrono::seconds kReadAgain{60};

// Where Debian, Ubuntu and Alpine, then Red Hat, keep the roots.
constexpr const char* kSystemRoots[] = {"/etc/ssl/certs/ca-certificates.crt",
                                        "/etc/pki/tls/certs/ca-bundle.crt"};

class Fixed : public TokenSource {
 public:
  explicit Fixed(std::string token) : token_(std::move(token)) {}
  Result<std::string> Token(MonoTime) override { return token_; }
  void Invalidate() override {}

 private:
  std::string token_;
};

class File : public TokenSource {
 public:
  explicit File(std::string path) : path_(std::move(path)) {}

  Result<std::string> Token(MonoTime now) override {
    if (read_at_ && now - *read_at_ < kReadAgain) return token_;
    auto text = ReadFile(path_);
    const std::string_view fresh = text ? Trim(*text) : std::string_view();
    if (!fresh.empty()) {
      token_ = fresh;
      read_at_ = now;
    } else if (token_.empty()) {
      if (!text) return Within("token", text.error());
      return Fail(ErrorKind::kUnauthorized, "token: " + path_ + " is empty");
    } else {
      log::Warning("token file cannot be read, the old token stays in use", {{"path", path_}});
      read_at_ = now;
    }
    return token_;
  }
  void Invalidate() override { read_at_.reset(); }

 private:
  std::string path_;
  std::string token_;
  std::optional<MonoTime> read_at_;
};

class Exec : public TokenSource {
 public:
  explicit Exec(std::shared_ptr<ExecCredentials> credentials)
      : credentials_(std::move(credentials)) {}
  Result<std::string> Token(MonoTime) override {
    auto credential = credentials_->Get();
    if (!credential) return std::unexpected(credential.error());
    return credential->token;
  }
  void Invalidate() override { credentials_->Invalidate(); }

 private:
  std::shared_ptr<ExecCredentials> credentials_;
};

Result<std::string> Load(const DataOrFile& source) {
  if (!source.data.empty() || source.file.empty()) return source.data;
  return ReadFile(source.file);
}

Result<std::string> LoadAuthority(const DataOrFile& source) {
  if (!source.empty()) return Load(source);
  for (const char* path : kSystemRoots) {
    if (auto roots = ReadFile(path)) return roots;
  }
  return Fail(ErrorKind::kInvalid,
              "no certificate authority is given and this system has no list of its own");
}

bool Same(const net::TlsClientOptions& a, const net::TlsClientOptions& b) {
  const auto certificate = [](const net::TlsClientOptions& options) {
    return options.client_certificate ? options.client_certificate->certificate_chain +
                                            options.client_certificate->private_key
                                      : std::string();
  };
  return a.ca_pem == b.ca_pem && certificate(a) == certificate(b);
}

}  // namespace

std::shared_ptr<TokenSource> FixedToken(std::string token) {
  return std::make_shared<Fixed>(std::move(token));
}
std::shared_ptr<TokenSource> FileToken(std::string path) {
  return std::make_shared<File>(std::move(path));
}
std::shared_ptr<TokenSource> ExecToken(std::shared_ptr<ExecCredentials> credentials) {
  return std::make_shared<Exec>(std::move(credentials));
}

bool TlsSource::Due(MonoTime now) const {
  return context_ == nullptr || now - *read_at_ >= kReadAgain ||
         (files_.exec != nullptr && files_.exec->generation() != exec_generation_);
}

Result<std::shared_ptr<const net::TlsClientContext>> TlsSource::Get(MonoTime now) {
  if (!Due(now)) return context_;
  auto options = Read();
  read_at_ = now;
  if (files_.exec != nullptr) exec_generation_ = files_.exec->generation();
  if (!options) {
    if (context_ == nullptr) return std::unexpected(options.error());
    log::Warning("TLS files cannot be read, the old ones stay in use",
                 {{"error", options.error().message}});
    return context_;
  }
  if (context_ != nullptr && Same(context_->options(), *options)) return context_;
  auto fresh = net::TlsClientContext::Create(*std::move(options));
  if (fresh) {
    context_ = *fresh;
  } else if (context_ == nullptr) {
    return std::unexpected(fresh.error());
  } else {
    // Half-written: certificate and key change one after another.
    log::Warning("TLS files do not fit together, the old ones stay in use",
                 {{"error", fresh.error().message}});
  }
  return context_;
}

Result<net::TlsClientOptions> TlsSource::Read() {
  net::TlsClientOptions options;
  options.server_name = files_.server_name;
  options.insecure_skip_verify = files_.insecure_skip_verify;
  if (!options.insecure_skip_verify) {
    auto authority = LoadAuthority(files_.authority);
    if (!authority) return std::unexpected(authority.error());
    options.ca_pem = *std::move(authority);
  }
  if (files_.exec != nullptr) {
    auto credential = files_.exec->Get();
    if (!credential) return std::unexpected(credential.error());
    if (!credential->client_certificate_pem.empty()) {
      options.client_certificate =
          net::KeyPairPem{credential->client_certificate_pem, credential->client_key_pem};
      return options;
    }
  }
  if (files_.client_certificate.empty()) return options;
  auto certificate = Load(files_.client_certificate);
  if (!certificate) return std::unexpected(certificate.error());
  auto key = Load(files_.client_key);
  if (!key) return std::unexpected(key.error());
  options.client_certificate = net::KeyPairPem{*std::move(certificate), *std::move(key)};
  return options;
}

}  // namespace mpl::client
