// Rules: k8s.io/apiserver pkg/endpoints/handlers/negotiation (isPrettyPrint) and responsewriters
// (ErrorNegotiated, WriteRawJSON).
#include "kube/http/status_form.h"

#include <gtest/gtest.h>

#include "kube/http/status_response.h"
#include "kube/objects/protobuf_meta.h"

namespace mpl::http {
namespace {

struct Wish {
  const char* agent;
  const char* query;
  bool indent;
};
class WantsIndentTest : public testing::TestWithParam<Wish> {};
TEST_P(WantsIndentTest, FollowsTheQueryThenTheAgent) {
  const Headers headers = {{"User-Agent", GetParam().agent}};
  EXPECT_EQ(WantsIndent(headers, *Query::Parse(GetParam().query)), GetParam().indent);
}
INSTANTIATE_TEST_SUITE_P(
    Table, WantsIndentTest,
    testing::Values(Wish{"kubectl/v1.36.3", "", false}, Wish{"", "", false},
                    Wish{"kubectl/v1.36.3", "pretty=true", true}, Wish{"", "pretty=1", true},
                    Wish{"", "pretty=T", true}, Wish{"", "pretty=yes", false},
                    Wish{"", "pretty=0", false}, Wish{"curl/7.88.1", "", true},
                    Wish{"Wget/1.21.3", "", true}, Wish{"Mozilla/5.0 (X11; Linux)", "", true},
                    Wish{"Mozilla/4.0", "", false}, Wish{"curl/7.88.1", "pretty=false", false},
                    Wish{"curl/7.88.1", "pretty=", true}));

Response NotFound() {
  return StatusResponse({.kind = ErrorKind::kNotFound, .message = "node \"x\" not found"},
                        {.name = "x", .kind = "node"});
}

std::string Presented(const char* accept, bool indent, std::string* content_type = nullptr) {
  Response response = NotFound();
  PresentStatus({{"Accept", accept}}, indent, response);
  EXPECT_EQ(response.status, 404);
  if (content_type != nullptr) *content_type = response.headers.Get("Content-Type");
  return response.body;
}

constexpr std::string_view kIndented = R"({
  "apiVersion": "v1",
  "code": 404,
  "details": {
    "kind": "node",
    "name": "x"
  },
  "kind": "Status",
  "message": "node \"x\" not found",
  "metadata": {},
  "reason": "NotFound",
  "status": "Failure"
})";

TEST(PresentStatus, KeepsCompactJsonForProgrammes) {
  EXPECT_EQ(Presented("application/json", false), NotFound().body);
  EXPECT_EQ(Presented("*/*", false), NotFound().body);
  // The conversion does not concern an error.
  EXPECT_EQ(Presented("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", false),
            NotFound().body);
}

TEST(PresentStatus, IndentsForPeople) {
  EXPECT_EQ(Presented("*/*", true), kIndented);
  EXPECT_EQ(Presented("application/json;pretty=1", false), kIndented);
}

TEST(PresentStatus, TellsTheErrorEvenWhereNothingIsAccepted) {
  std::string type;
  EXPECT_EQ(Presented("text/html", false, &type), kIndented);
  EXPECT_EQ(type, "application/json");
  EXPECT_EQ(Presented("application/json;as=Table;v=v1;g=meta.k8s.io", false), kIndented);
}

TEST(PresentStatus, WritesYaml) {
  std::string type;
  EXPECT_EQ(Presented("application/yaml", true, &type),
            "apiVersion: v1\ncode: 404\ndetails:\n  kind: node\n  name: x\nkind: Status\n"
            "message: \"node \\\"x\\\" not found\"\nmetadata: {}\nreason: NotFound\n"
            "status: Failure\n");
  EXPECT_EQ(type, "application/yaml");
}

TEST(PresentStatus, WritesProtobuf) {
  std::string type;
  const std::string bytes = Presented("application/vnd.kubernetes.protobuf, */*", true, &type);
  EXPECT_EQ(type, "application/vnd.kubernetes.protobuf");
  const auto envelope = objects::OpenProtobufEnvelope(bytes);
  ASSERT_TRUE(envelope);
  const auto status = objects::ReadProtobufStatus(envelope->raw);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->code, 404);
  EXPECT_EQ(status->message, "node \"x\" not found");
  EXPECT_EQ(status->details.name, "x");
}

TEST(PresentStatus, LeavesEverythingElseAlone) {
  Response fine = JsonResponse(200, {{"a", 1}});
  PresentStatus({{"Accept", "application/yaml"}}, true, fine);
  EXPECT_EQ(fine.body, "{\"a\":1}\n");
  Response text = TextResponse(500, "Internal Server Error");
  PresentStatus({{"Accept", "application/yaml"}}, true, text);
  EXPECT_EQ(text.body, "Internal Server Error");
}

}  // namespace
}  // namespace mpl::http
