#include "bench/load/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace mpl::bench {
namespace {

// Several records at once: what the generator spends is counted against the server.
constexpr std::size_t kReadBytes = 64U << 10U;

// Of a header line in lower case; empty when it is another header's.
std::string_view ValueOf(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return {};
  line.remove_prefix(name.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

}  // namespace

Client::Client(const Endpoint& endpoint)
    : endpoint_(endpoint), context_(SSL_CTX_new(TLS_client_method())) {
  SSL_CTX_set_read_ahead(context_, 1);
  SSL_CTX_set_default_read_buffer_len(context_, kReadBytes);
  SSL_CTX_set_ciphersuites(context_, "TLS_AES_128_GCM_SHA256");
  if (SSL_CTX_use_certificate_chain_file(context_, endpoint.certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_, endpoint.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    SSL_CTX_free(context_);
    throw std::runtime_error("cannot read " + endpoint.certificate_file + " or its key");
  }
}

Client::~Client() {
  Close();
  SSL_CTX_free(context_);
}

void Client::Close() {
  SSL_free(tls_);
  tls_ = nullptr;
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
  buffer_.clear();
  at_ = 0;
}

bool Client::Connect() {
  descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(endpoint_.port));
  inet_pton(AF_INET, endpoint_.address.c_str(), &to.sin_addr);
  if (connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) return false;
  tls_ = SSL_new(context_);
  SSL_set_fd(tls_, descriptor_);
  return SSL_connect(tls_) == 1;
}

bool Client::Send(std::string_view bytes) {
  return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0;
}

bool Client::Fill() {
  if (at_ == buffer_.size()) {
    buffer_.clear();
    at_ = 0;
  }
  const std::size_t before = buffer_.size();
  int got = 0;
  // Without clearing it first.
  buffer_.resize_and_overwrite(before + kReadBytes, [&](char* text, std::size_t) {
    got = SSL_read(tls_, text + before, kReadBytes);
    return before + static_cast<std::size_t>(std::max(0, got));
  });
  return got > 0;
}

bool Client::ReadLine(std::string& line) {
  for (;;) {
    const std::size_t end = buffer_.find("\r\n", at_);
    if (end != std::string::npos) {
      line.assign(buffer_, at_, end - at_);
      at_ = end + 2;
      return true;
    }
    if (!Fill()) return false;
  }
}

bool Client::SkipBytes(std::size_t count) {
  while (count > 0) {
    if (at_ == buffer_.size() && !Fill()) return false;
    const std::size_t step = std::min(count, buffer_.size() - at_);
    at_ += step;
    count -= step;
  }
  return true;
}

bool Client::ReadHead(Reply& reply) {
  std::string line;
  if (!ReadLine(line) || line.size() < 12) return false;
  std::from_chars(line.data() + 9, line.data() + 12, reply.status);
  length_ = 0;
  chunked_ = false;
  while (ReadLine(line) && !line.empty()) {
    std::ranges::transform(line, line.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    const std::string_view length = ValueOf(line, "content-length:");
    std::from_chars(length.data(), length.data() + length.size(), length_);
    if (ValueOf(line, "transfer-encoding:") == "chunked") chunked_ = true;
  }
  return true;
}

bool Client::SkipChunks(Reply& reply) {
  std::string line;
  for (;;) {
    std::size_t size = 0;
    if (!ReadLine(line)) return false;
    std::from_chars(line.data(), line.data() + line.size(), size, 16);
    reply.bytes += size;
    if (!SkipBytes(size) || !ReadLine(line)) return false;
    if (size == 0) return true;
  }
}

Reply Client::Ask(std::string_view head) {
  Reply reply;
  const auto broken = [&] {
    Close();
    return Reply{};
  };
  if (tls_ == nullptr && !Connect()) return broken();
  if (!Send(head) || !Fill()) return broken();
  reply.first_byte = Clock::now();
  if (!ReadHead(reply)) return broken();
  if (chunked_) return SkipChunks(reply) ? reply : broken();
  reply.bytes = length_;
  return SkipBytes(length_) ? reply : broken();
}

}  // namespace mpl::bench
