// HTTP messages as plain values. They know nothing of sockets: kube/net turns them into bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mpl::http {

// Header fields in the order of the wire; names compare without case; a name may come repeatedly.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void Add(std::string name, std::string value);
  // Replaces every field of that name by one.
  void Set(std::string name, std::string value);
  void Remove(std::string_view name);
  // The first value, or empty.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  std::vector<std::string_view> GetAll(std::string_view name) const;

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

struct Request {
  std::string method = "GET";
  // Path and query as on the request line: "/api/v1/nodes?limit=500". Not decoded.
  std::string target = "/";
  Headers headers;
  std::string body;

  // Filled in by the server only.
  std::vector<std::string> peer_chain_der;  // the client's certificates, leaf first; unverified
  std::string remote_address;               // "10.0.0.7:51234", "[fd00::7]:51234"
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  // For long answers: fills `chunk` (handed over empty) with the next piece and says whether
  // another follows; the last may be empty, and it is not called after it. Called when the previous
  // piece goes out: memory stays bounded by two of them. Never called twice at once, but on another
  // thread where the server has one for it (net::HttpServerOptions::pieces), and destroyed on
  // either. An empty piece before the last means "not yet": it is called again after others had
  // their turn. When set, `body` is ignored and the answer is chunked.
  std::function<bool(std::string& chunk)> next_chunk;
};

}  // namespace mpl::http
