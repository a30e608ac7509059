// Answers as application/vnd.kubernetes.protobuf: what kubectl top and the HPA ask for first.
// Fields: k8s.io/metrics pkg/apis/metrics/v1beta1/generated.proto (v1 is the same), and of
// k8s.io/apimachinery pkg/apis/meta/v1, meta/v1beta1 and pkg/api/resource.
#pragma once

#include <memory>

#include "collector/handlers/answer_writer.h"

namespace mpl::handlers {

// NodeMetrics, PodMetrics and their lists. A field that is empty is left out.
std::unique_ptr<AnswerWriter> MakeProtobufMetricsAnswer(const AnswerFrame& frame);
// PartialObjectMetadata and its list.
std::unique_ptr<AnswerWriter> MakeProtobufMetadataAnswer(const AnswerFrame& frame);

}  // namespace mpl::handlers
