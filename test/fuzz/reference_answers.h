// HTTP/1.1 answers taken apart to the letter of RFC 9112: what a client may expect of our server.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mpl::fuzz {

struct ReferenceAnswer {
  int status = 0;
  bool closes = false;  // Connection: close
  std::string body;
  friend bool operator==(const ReferenceAnswer&, const ReferenceAnswer&) = default;
};

// `methods`: of the requests, in order; answers beyond them belong to requests that could not be
// read. Interim answers (100) are left out. Nothing when `bytes` are no sequence of whole answers.
std::optional<std::vector<ReferenceAnswer>> ReadReferenceAnswers(
    std::string_view bytes, const std::vector<std::string>& methods);

}  // namespace mpl::fuzz
