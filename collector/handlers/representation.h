// Which representation a client gets, and the writer for it.
//
// Offered: JSON, YAML and protobuf of our own types; of meta.k8s.io v1 and v1beta1, Table as JSON
// and YAML, PartialObjectMetadata and its list as all three. Rules: k8s.io/apiserver
// pkg/endpoints/handlers (negotiation, response.go).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "collector/handlers/answer_writer.h"
#include "kube/base/error.h"
#include "kube/http/message.h"
#include "kube/http/url.h"

namespace mpl::handlers {

enum class Form { kMetrics, kTable, kMetadata, kMetadataList };
enum class Encoding { kJson, kYaml, kProtobuf };

struct Representation {
  Form form = Form::kMetrics;
  Encoding encoding = Encoding::kJson;
  bool indent = false;                // of JSON
  std::string meta_api_version = {};  // "meta.k8s.io/v1"; empty for kMetrics

  std::string_view ContentType() const;
};

// What the client wants, known before anything is looked up. kNotAcceptable: nothing that we have.
Result<Representation> ChooseRepresentation(const http::Headers& headers, const http::Query& query);

// `kind` is that of one object, "PodMetrics".
struct AnswerSubject {
  std::string_view kind;
  std::string_view version;  // "v1beta1"
  bool is_list = false;
};

// kNotAcceptable: metadata of one object where there is a list, or the other way round.
// kBadRequest: an `includeObject` that a Table does not know.
Result<std::unique_ptr<AnswerWriter>> MakeAnswerWriter(const Representation& representation,
                                                       const AnswerSubject& subject,
                                                       const http::Query& query, TimePoint now);

}  // namespace mpl::handlers
