// Bytes by hand, from the field numbers of k8s.io/apimachinery pkg/runtime/generated.proto and
// pkg/apis/meta/v1/generated.proto.
#include "kube/objects/protobuf_write.h"

#include <gtest/gtest.h>

#include "kube/objects/protobuf_meta.h"

namespace mpl::objects {
namespace {

std::string Bytes(std::initializer_list<std::string_view> parts) {
  std::string bytes;
  for (const std::string_view part : parts) bytes += part;
  return bytes;
}

using std::string_view_literals::operator""sv;

TEST(ProtobufWrite, AnEnvelopeEndsWhereItsContentBegins) {
  std::string out = "x";  // appended to
  AppendProtobufEnvelope(out, "v1", "Pod", 300);
  EXPECT_EQ(out, Bytes({"x", "k8s\0"sv,
                        "\x0a\x09"sv,  // 1: TypeMeta, 9 bytes
                        "\x0a\x02v1"sv, "\x12\x03Pod"sv,
                        "\x12\xac\x02"sv}));  // 2: raw, 300 = 0b10_0101100 bytes
}

TEST(ProtobufWrite, AStatusHasItsFieldsWhereTheProtoPutsThem) {
  const Status status{.message = "no", .reason = "NotFound", .code = 404};
  EXPECT_EQ(
      WriteProtobufStatus(status),
      Bytes({"k8s\0"sv, "\x0a\x0c"sv, "\x0a\x02v1"sv, "\x12\x06Status"sv, "\x12\x1a"sv,
             "\x12\x07"
             "Failure"sv,
             "\x1a\x02no"sv, "\x22\x08NotFound"sv, "\x30\x94\x03"sv}));  // 6: 404 = 0b11_0010100
}

TEST(ProtobufWrite, DetailsAndCausesAreReadBack) {
  const Status status{.message = "m",
                      .reason = "Invalid",
                      .code = 422,
                      .details = {.name = "n",
                                  .group = "g",
                                  .kind = "k",
                                  .retry_after_seconds = 7,
                                  .causes = {{"FieldValueInvalid", "too long", "spec.x"}, {}}}};
  const std::string bytes = WriteProtobufStatus(status);
  const auto envelope = OpenProtobufEnvelope(bytes);
  ASSERT_TRUE(envelope) << envelope.error().message;
  EXPECT_EQ(envelope->api_version, "v1");
  EXPECT_EQ(envelope->kind, "Status");
  const auto read = ReadProtobufStatus(envelope->raw);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->message, "m");
  EXPECT_EQ(read->reason, "Invalid");
  EXPECT_EQ(read->code, 422);
  // An empty cause has no bytes, and is not there any more.
  EXPECT_EQ(read->details.causes, (std::vector<StatusCause>{status.details.causes[0]}));
  EXPECT_EQ(read->details.name, "n");
  EXPECT_EQ(read->details.group, "g");
  EXPECT_EQ(read->details.kind, "k");
  EXPECT_EQ(read->details.retry_after_seconds, 7);
}

}  // namespace
}  // namespace mpl::objects
