// Which members a JSON or YAML answer has; how it is laid out is json_answer.h's.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "collector/handlers/answer_writer.h"

namespace mpl::handlers {

// Writes compact JSON, appending to `out`. Of one answer: it remembers what items have in common.
class JsonShape {
 public:
  virtual ~JsonShape() = default;
  // The whole document about one object.
  virtual void AppendSingle(std::string& out, const Item& item) = 0;
  // A list up to and including the '[' of its items, which "]}" ends.
  virtual void AppendHead(std::string& out) const = 0;
  virtual void AppendItem(std::string& out, const Item& item) = 0;
  // The member that holds the items.
  virtual std::string_view ItemsMember() const { return "items"; }
};

// metav1.TableOptions.includeObject: what a Table's rows say of their objects besides the cells.
enum class IncludeObject { kMetadata, kNone, kObject };

// NodeMetrics, PodMetrics and their lists.
std::unique_ptr<JsonShape> MakeMetricsShape(const AnswerFrame& frame);
// PartialObjectMetadata and its list.
std::unique_ptr<JsonShape> MakeMetadataShape(const AnswerFrame& frame);
// metav1.Table with metrics-server's columns: Name, cpu, memory, Window; a pod's cells are sums
// over its containers.
std::unique_ptr<JsonShape> MakeTableShape(const AnswerFrame& frame, IncludeObject include);

}  // namespace mpl::handlers
