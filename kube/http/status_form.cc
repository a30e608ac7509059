#include "kube/http/status_form.h"

#include <array>

#include "kube/http/negotiate.h"
#include "kube/objects/json_indent.h"
#include "kube/objects/protobuf_write.h"
#include "kube/objects/status.h"
#include "kube/objects/yaml.h"

namespace mpl::http {
namespace {

constexpr std::size_t kYaml = 1;
constexpr std::size_t kProtobuf = 2;

const std::array<Offer, 3>& Offers() {
  static const std::array<Offer, 3> offers = {
      Offer{.media_type = "application/json"}, Offer{.media_type = "application/yaml"},
      Offer{.media_type = "application/vnd.kubernetes.protobuf"}};
  return offers;
}

// Go's strconv.ParseBool; what it cannot read is false.
bool IsTrue(std::string_view text) {
  return text == "1" || text == "t" || text == "T" || text == "true" || text == "TRUE" ||
         text == "True";
}

void Become(Response& response, std::size_t offer, std::string body) {
  response.headers.Set("Content-Type", Offers().at(offer).media_type);
  response.body = std::move(body);
}

}  // namespace

bool WantsIndent(const Headers& headers, const Query& query) {
  const std::string_view pretty = query.Get("pretty");
  if (!pretty.empty()) return IsTrue(pretty);
  const std::string_view agent = headers.Get("User-Agent");
  return agent.starts_with("curl") || agent.starts_with("Wget") || agent.starts_with("Mozilla/5.0");
}

void PresentStatus(const Headers& asked, bool indent, Response& response) {
  if (response.status < 400 || response.next_chunk) return;
  if (response.headers.Get("Content-Type") != Offers().front().media_type) return;
  const auto choice = Choose(asked, Offers());
  if (!choice || (choice->offer < kYaml && (indent || choice->pretty))) {
    response.body = objects::IndentJson(response.body);
    return;
  }
  if (choice->offer < kYaml) return;
  const auto json = objects::Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  const auto status = objects::ParseStatus(json);
  if (!status) return;
  if (choice->offer == kYaml) Become(response, kYaml, objects::ToYaml(json));
  if (choice->offer == kProtobuf)
    Become(response, kProtobuf, objects::WriteProtobufStatus(*status));
}

}  // namespace mpl::http
