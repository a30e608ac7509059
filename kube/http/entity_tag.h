// Strong entity tags, and the answer 304 to whoever has the bytes already (RFC 9110 §8.8.3,
// §13.1.2).
#pragma once

#include <string>
#include <string_view>

#include "kube/http/message.h"

namespace mpl::http {

// `"<HEX>"`, with its quotes: equal bytes have equal tags, in every replica.
std::string EntityTag(std::string_view bytes);

// Sets ETag; when If-None-Match names `tag`, the answer becomes 304 without a body.
void Revalidate(const Headers& request, const std::string& tag, Response& response);

}  // namespace mpl::http
