// gzip: what we compress inflates to itself, and no input inflates beyond the limit.
#include "kube/net/inflate.h"

#include "kube/http/compression.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {

void Check(std::string_view input) {
  constexpr std::size_t kLimitBytes = 64U << 10U;
  const auto text = net::Inflate(input, kLimitBytes);
  Require(!text || text->size() <= kLimitBytes, "the limit holds");
  Require(text || text.error().kind == ErrorKind::kMalformed ||
              text.error().kind == ErrorKind::kRequestTooLarge,
          "a fault is the peer's");

  const auto packed = http::Gzip(input);
  Require(packed && net::Inflate(*packed, input.size()) == input,
          "what we compress inflates to itself");
  Require(net::Inflate(*packed + *packed, 2 * input.size()).has_value(),
          "members follow one another");
  if (input.empty()) return;
  Require(!net::Inflate(*packed, input.size() - 1), "one byte over the limit is refused");
  Require(!net::Inflate(packed->substr(0, packed->size() - 1), input.size()),
          "a cut-off body is refused");
}

}  // namespace mpl::fuzz
