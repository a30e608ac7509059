#include "bench/apiserver/reviews.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mpl::bench {
namespace {

using Json = nlohmann::json;

constexpr const char* kMasters = "system:masters";

std::string TextOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Result<Json> ReadReview(std::string_view body, std::string_view kind) {
  Json review = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  const bool fine = review.is_object() && TextOf(review, "kind") == kind &&
                    review.contains("spec") && review["spec"].is_object();
  if (!fine) return Fail(ErrorKind::kBadRequest, "the body is no " + std::string(kind));
  return review;
}

}  // namespace

Result<std::string> AnswerTokenReview(const Users& users, std::string_view body) {
  auto review = ReadReview(body, "TokenReview");
  if (!review) return std::unexpected(std::move(review.error()));
  if (TextOf((*review)["spec"], "token") == users.token) {
    (*review)["status"] = {
        {"authenticated", true},
        {"user",
         {{"username", "bench"}, {"uid", "bench"}, {"groups", {kMasters, "system:authenticated"}}}},
        {"audiences", {"https://kubernetes.default.svc"}}};
  } else {
    (*review)["status"] = {{"user", Json::object()}, {"error", "invalid bearer token"}};
  }
  return review->dump();
}

Result<std::string> AnswerAccessReview(const Users& users, std::string_view body) {
  auto review = ReadReview(body, "SubjectAccessReview");
  if (!review) return std::unexpected(std::move(review.error()));
  const Json& spec = (*review)["spec"];
  const Json groups = spec.contains("groups") ? spec["groups"] : Json::array();
  const bool allowed = TextOf(spec, "user") == users.reader ||
                       std::ranges::find(groups, Json(kMasters)) != groups.end();
  (*review)["status"] = {{"allowed", allowed}};
  return review->dump();
}

}  // namespace mpl::bench
