#include "collector/handlers/representation.h"

#include <array>
#include <vector>

#include "collector/handlers/json_answer.h"
#include "collector/handlers/protobuf_answer.h"
#include "kube/http/negotiate.h"
#include "kube/http/status_form.h"

namespace mpl::handlers {
namespace {

constexpr std::string_view kMetaGroup = "meta.k8s.io";

struct MediaType {
  Encoding encoding;
  std::string_view name;
};
constexpr std::array kMediaTypes = {
    MediaType{Encoding::kJson, "application/json"}, MediaType{Encoding::kYaml, "application/yaml"},
    MediaType{Encoding::kProtobuf, "application/vnd.kubernetes.protobuf"}};

struct OfferedForm {
  Form form;
  std::string_view as;       // empty: our own types
  std::string_view version;  // of meta.k8s.io
};
constexpr std::array kForms = {
    OfferedForm{Form::kMetrics, "", ""},
    OfferedForm{Form::kTable, "Table", "v1"},
    OfferedForm{Form::kTable, "Table", "v1beta1"},
    OfferedForm{Form::kMetadata, "PartialObjectMetadata", "v1"},
    OfferedForm{Form::kMetadata, "PartialObjectMetadata", "v1beta1"},
    OfferedForm{Form::kMetadataList, "PartialObjectMetadataList", "v1"},
    OfferedForm{Form::kMetadataList, "PartialObjectMetadataList", "v1beta1"},
};

// Side by side: what is offered at an index, and what it stands for.
struct Catalogue {
  std::vector<http::Offer> offers;
  std::vector<Representation> representations;
};

Catalogue MakeCatalogue() {
  Catalogue catalogue;
  for (const OfferedForm& form : kForms) {
    for (const MediaType& media : kMediaTypes) {
      // A Table's cells are of any type: it has no protobuf.
      if (form.form == Form::kTable && media.encoding == Encoding::kProtobuf) continue;
      http::Offer offer{.media_type = std::string(media.name)};
      Representation representation{.form = form.form, .encoding = media.encoding};
      if (!form.as.empty()) {
        offer.as = form.as;
        offer.group = kMetaGroup;
        offer.version = form.version;
        representation.meta_api_version = offer.group + "/" + offer.version;
      }
      catalogue.offers.push_back(std::move(offer));
      catalogue.representations.push_back(std::move(representation));
    }
  }
  return catalogue;
}

Result<void> CheckForm(Form form, const AnswerSubject& subject) {
  const std::string kind(subject.kind);
  if (form == Form::kMetadata && subject.is_list) {
    return Fail(ErrorKind::kNotAcceptable,
                "you requested PartialObjectMetadata, but the requested object is a list "
                "(*metrics." +
                    kind + "List)");
  }
  if (form == Form::kMetadataList && !subject.is_list) {
    return Fail(ErrorKind::kNotAcceptable,
                "you requested PartialObjectMetadataList, but the requested object is not a list "
                "(*metrics." +
                    kind + ")");
  }
  return {};
}

Result<IncludeObject> ParseIncludeObject(std::string_view text) {
  if (text.empty() || text == "Metadata") return IncludeObject::kMetadata;
  if (text == "None") return IncludeObject::kNone;
  if (text == "Object") return IncludeObject::kObject;
  return Fail(ErrorKind::kBadRequest,
              "Unable to convert to Table as requested: includeObject: Invalid value: \"" +
                  std::string(text) + "\": must be 'Metadata', 'Object', 'None', or empty");
}

Result<std::unique_ptr<JsonShape>> MakeShape(Form form, const AnswerFrame& frame,
                                             const http::Query& query) {
  if (form == Form::kMetrics) return MakeMetricsShape(frame);
  if (form != Form::kTable) return MakeMetadataShape(frame);
  const auto include = ParseIncludeObject(query.Get("includeObject"));
  if (!include) return std::unexpected(include.error());
  return MakeTableShape(frame, *include);
}

}  // namespace

std::string_view Representation::ContentType() const {
  for (const MediaType& media : kMediaTypes) {
    if (media.encoding == encoding) return media.name;
  }
  return {};
}

Result<Representation> ChooseRepresentation(const http::Headers& headers,
                                            const http::Query& query) {
  static const Catalogue catalogue = MakeCatalogue();
  const auto choice = http::Choose(headers, catalogue.offers);
  if (!choice) return std::unexpected(choice.error());
  Representation chosen = catalogue.representations[choice->offer];
  chosen.indent = choice->pretty || http::WantsIndent(headers, query);
  return chosen;
}

Result<std::unique_ptr<AnswerWriter>> MakeAnswerWriter(const Representation& representation,
                                                       const AnswerSubject& subject,
                                                       const http::Query& query, TimePoint now) {
  if (auto fits = CheckForm(representation.form, subject); !fits) {
    return std::unexpected(fits.error());
  }
  const AnswerFrame frame{.kind = std::string(subject.kind),
                          .api_version = "metrics.k8s.io/" + std::string(subject.version),
                          .meta_api_version = representation.meta_api_version,
                          .created = now};
  if (representation.encoding == Encoding::kProtobuf) {
    return representation.form == Form::kMetrics ? MakeProtobufMetricsAnswer(frame)
                                                 : MakeProtobufMetadataAnswer(frame);
  }
  auto shape = MakeShape(representation.form, frame, query);
  if (!shape) return std::unexpected(shape.error());
  if (representation.encoding == Encoding::kYaml) return MakeYamlAnswer(*std::move(shape));
  return representation.indent ? MakeIndentedAnswer(*std::move(shape))
                               : MakeCompactAnswer(*std::move(shape));
}

}  // namespace mpl::handlers
