// The one interface between finding what is to be served and writing it in some representation.
#pragma once

#include <cstddef>
#include <string>

#include "collector/handlers/item.h"

namespace mpl::handlers {

// What is the same for a whole answer.
struct AnswerFrame {
  std::string kind;         // of one object: "PodMetrics"
  std::string api_version;  // "metrics.k8s.io/v1beta1"
  // Of the types that are not ours: "meta.k8s.io/v1".
  std::string meta_api_version;
  TimePoint created{};  // the items' creationTimestamp
};

// Writes one answer, appending to `out`. Chosen once per request: nothing that walks objects knows
// representations. Either Single, or Begin, any number of Appends, and End, in this order.
class AnswerWriter {
 public:
  virtual ~AnswerWriter() = default;

  // One object: the whole answer.
  virtual void Single(std::string& out, const Item& item) = 0;

  // True: Begin has to know the length of what follows it.
  virtual bool LengthFirst() const { return false; }
  // What stands before a list's items. `item_bytes`: what all Appends together will write; used
  // only where LengthFirst().
  virtual void Begin(std::string& out, std::size_t item_bytes) = 0;
  virtual void Append(std::string& out, const Item& item) = 0;
  virtual void End(std::string& out) = 0;
};

}  // namespace mpl::handlers
