#include "test/support/kube_apiserver/etcd_gateway.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "kube/base/digest.h"

namespace mpl::test {
namespace {

// One blocking HTTP/1.0 exchange: enough for etcd, and independent of the client under test.
std::string Post(int port, const std::string& path, const std::string& body) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "POST " + path +
                              " HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) +
                              "\r\n\r\n" + body;
  std::string answer;
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    std::array<char, 4096> piece{};
    for (ssize_t n = 0; (n = read(fd, piece.data(), piece.size())) > 0;) {
      answer.append(piece.data(), static_cast<std::size_t>(n));
    }
  }
  close(fd);
  const auto end_of_header = answer.find("\r\n\r\n");
  if (end_of_header == std::string::npos || answer.find(" 200 ") > end_of_header) {
    throw std::runtime_error("etcd refused " + path + ": " + answer);
  }
  return answer.substr(end_of_header + 4);
}

}  // namespace

void CompactEverything(int client_port) {
  // The key "\0" (base64 "AA==") exists in no cluster; the answer's header has the revision.
  const auto range = nlohmann::json::parse(Post(client_port, "/v3/kv/range", R"({"key":"AA=="})"));
  const std::string revision = range.at("header").at("revision");
  Post(client_port, "/v3/kv/compaction",
       nlohmann::json{{"revision", revision}, {"physical", true}}.dump());
}

void PutAll(int client_port, const std::vector<std::pair<std::string, std::string>>& entries) {
  constexpr std::size_t kInOne = 100;  // etcd takes 128 operations
  for (std::size_t at = 0; at < entries.size(); at += kInOne) {
    nlohmann::json puts = nlohmann::json::array();
    for (std::size_t i = at; i < std::min(at + kInOne, entries.size()); ++i) {
      puts.push_back({{"request_put",
                       {{"key", Base64Encode(entries[i].first)},
                        {"value", Base64Encode(entries[i].second)}}}});
    }
    Post(client_port, "/v3/kv/txn", nlohmann::json{{"success", std::move(puts)}}.dump());
  }
}

void DeletePrefix(int client_port, const std::string& prefix) {
  std::string end = prefix;
  ++end.back();
  Post(client_port, "/v3/kv/deleterange",
       nlohmann::json{{"key", Base64Encode(prefix)}, {"range_end", Base64Encode(end)}}.dump());
}

}  // namespace mpl::test
