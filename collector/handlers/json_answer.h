// The three ways in which a JsonShape is written.
#pragma once

#include <memory>

#include "collector/handlers/answer_writer.h"
#include "collector/handlers/json_shape.h"

namespace mpl::handlers {

// On one line, with a line break at the end.
std::unique_ptr<AnswerWriter> MakeCompactAnswer(std::unique_ptr<JsonShape> shape);
// Indented: objects::JsonIndenter.
std::unique_ptr<AnswerWriter> MakeIndentedAnswer(std::unique_ptr<JsonShape> shape);
// YAML, keys sorted: objects::ToYaml, item by item.
std::unique_ptr<AnswerWriter> MakeYamlAnswer(std::unique_ptr<JsonShape> shape);

}  // namespace mpl::handlers
