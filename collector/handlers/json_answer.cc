#include "collector/handlers/json_answer.h"

#include <utility>

#include "kube/objects/json_indent.h"
#include "kube/objects/yaml.h"

namespace mpl::handlers {
namespace {

using objects::Json;

class CompactAnswer final : public AnswerWriter {
 public:
  explicit CompactAnswer(std::unique_ptr<JsonShape> shape) : shape_(std::move(shape)) {}

  void Single(std::string& out, const Item& item) override {
    shape_->AppendSingle(out, item);
    out += '\n';
  }
  void Begin(std::string& out, std::size_t) override { shape_->AppendHead(out); }
  void Append(std::string& out, const Item& item) override {
    if (any_) out += ',';
    any_ = true;
    shape_->AppendItem(out, item);
  }
  void End(std::string& out) override { out += "]}\n"; }

 private:
  std::unique_ptr<JsonShape> shape_;
  bool any_ = false;
};

class IndentedAnswer final : public AnswerWriter {
 public:
  explicit IndentedAnswer(std::unique_ptr<JsonShape> shape) : compact_(std::move(shape)) {}

  void Single(std::string& out, const Item& item) override {
    compact_.Single(scratch_, item);
    Flush(out);
  }
  void Begin(std::string& out, std::size_t item_bytes) override {
    compact_.Begin(scratch_, item_bytes);
    Flush(out);
  }
  void Append(std::string& out, const Item& item) override {
    compact_.Append(scratch_, item);
    Flush(out);
  }
  void End(std::string& out) override {
    compact_.End(scratch_);
    Flush(out);
  }

 private:
  void Flush(std::string& out) {
    indenter_.Append(out, scratch_);
    scratch_.clear();
  }

  CompactAnswer compact_;
  objects::JsonIndenter indenter_;
  std::string scratch_;
};

class YamlAnswer final : public AnswerWriter {
 public:
  explicit YamlAnswer(std::unique_ptr<JsonShape> shape) : shape_(std::move(shape)) {}

  void Single(std::string& out, const Item& item) override {
    scratch_.clear();
    shape_->AppendSingle(scratch_, item);
    out += objects::ToYaml(Json::parse(scratch_));
  }
  void Begin(std::string& out, std::size_t) override {
    scratch_.clear();
    shape_->AppendHead(scratch_);
    const Json frame = Json::parse(scratch_ + "]}");
    const std::string_view items = shape_->ItemsMember();
    for (const auto& [key, value] : frame.items()) {
      if (key == items) continue;
      Json member = Json::object();
      member[key] = value;
      (key < items ? out : after_) += objects::ToYaml(member);
    }
  }
  void Append(std::string& out, const Item& item) override {
    if (!any_) out.append(shape_->ItemsMember()).append(":\n");
    any_ = true;
    scratch_.clear();
    shape_->AppendItem(scratch_, item);
    out += objects::ToYaml(Json::array({Json::parse(scratch_)}));
  }
  void End(std::string& out) override {
    if (!any_) out.append(shape_->ItemsMember()).append(": []\n");
    out += after_;
  }

 private:
  std::unique_ptr<JsonShape> shape_;
  std::string after_;  // the members whose names sort behind the items'
  std::string scratch_;
  bool any_ = false;
};

}  // namespace

std::unique_ptr<AnswerWriter> MakeCompactAnswer(std::unique_ptr<JsonShape> shape) {
  return std::make_unique<CompactAnswer>(std::move(shape));
}

std::unique_ptr<AnswerWriter> MakeIndentedAnswer(std::unique_ptr<JsonShape> shape) {
  return std::make_unique<IndentedAnswer>(std::move(shape));
}

std::unique_ptr<AnswerWriter> MakeYamlAnswer(std::unique_ptr<JsonShape> shape) {
  return std::make_unique<YamlAnswer>(std::move(shape));
}

}  // namespace mpl::handlers
