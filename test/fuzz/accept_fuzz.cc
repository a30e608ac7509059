// Accept headers, one per line: whichever order our offers are looked at in, the choice is the
// same.
#include <array>
#include <vector>

#include "kube/base/text.h"
#include "kube/http/compression.h"
#include "kube/http/negotiate.h"
#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using http::Headers;
using http::Negotiate;
using http::Offer;

const std::vector<Offer>& Offers() {
  static const std::vector<Offer> offers = {
      {"application/json"},
      {"application/yaml"},
      {"application/vnd.kubernetes.protobuf"},
      {"application/json", "Table", "meta.k8s.io", "v1"},
      {"application/json", "PartialObjectMetadataList", "meta.k8s.io", "v1"},
      {"application/vnd.kubernetes.protobuf", "Table", "meta.k8s.io", "v1"},
  };
  return offers;
}

// The winner of all must win against each one alone.
void CheckChoice(const Headers& headers, std::size_t chosen) {
  Require(chosen < Offers().size(), "the choice is one of the offers");
  for (std::size_t other = 0; other < Offers().size(); ++other) {
    if (other == chosen) continue;
    const std::array both = {Offers()[std::min(chosen, other)], Offers()[std::max(chosen, other)]};
    Require(Negotiate(headers, both) == std::size_t{chosen > other},
            "the choice wins against every other offer");
  }
}

}  // namespace

void Check(std::string_view input) {
  Headers apart, upper, together;
  std::string joined;
  for (const std::string_view line : Split(input, '\n')) {
    apart.Add("Accept", std::string(line));
    apart.Add("Accept-Encoding", std::string(line));
    joined += (joined.empty() ? "" : ",") + std::string(line);
  }
  together.Add("accept", joined);
  together.Add("accept-encoding", joined);

  const auto choice = Negotiate(apart, Offers());
  if (choice) CheckChoice(apart, *choice);
  for (const Offer& offer : Offers()) {
    Require(choice || !Negotiate(apart, std::array{offer}),
            "406 only when not one offer is acceptable");
  }
  // A quote that one header opens does not reach into the next.
  if (input.find('"') != std::string_view::npos) return;
  Require(choice.has_value() == Negotiate(together, Offers()).has_value(),
          "several headers are one");
  Require(!choice || choice == Negotiate(together, Offers()), "several headers choose as one does");
  Require(http::AcceptsGzip(apart) == http::AcceptsGzip(together),
          "several Accept-Encoding are one");
}

}  // namespace mpl::fuzz
