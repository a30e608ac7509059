// gzip for answers (RFC 9110 §8.4.1.3, §12.5.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "kube/http/message.h"

namespace mpl::http {

// True when Accept-Encoding names gzip, x-gzip or '*' with a q above zero. No such header: false.
bool AcceptsGzip(const Headers& headers);

// Level 1: as upstream, most of the gain for the least CPU. Nothing when memory is short.
std::optional<std::string> Gzip(std::string_view bytes);

// Compresses an answer in pieces, and a whole body of more than `threshold_bytes`, when the client
// takes gzip and the answer has no Content-Encoding yet. Sets Vary wherever it could have been
// compressed.
void CompressIfWorthwhile(const Headers& request, Response& response, std::size_t threshold_bytes);

}  // namespace mpl::http
