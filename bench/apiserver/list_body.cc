#include "bench/apiserver/list_body.h"

#include <protozero/pbf_writer.hpp>

#include "bench/apiserver/continue_token.h"
#include "kube/objects/protobuf_write.h"

namespace mpl::bench {

ListBody::ListBody(const std::shared_ptr<const Contents>& contents, const Form& form,
                   const Walk& from, Kind kind, std::int64_t limit)
    : form_(form), kind_(kind), walk_(from) {
  left_ = CountAhead(from, limit, contents->version);
  head_ = Head(contents->version);
}

std::int64_t ListBody::CountAhead(Walk walk, std::int64_t limit, std::uint64_t version) {
  std::int64_t count = 0;
  std::string item;
  for (;;) {
    const PodPosition before = walk.position();
    const auto object = walk.Next();
    if (!object) return count;
    if (limit > 0 && count == limit) {
      continue_ = WriteToken({version, before});
      return count;
    }
    ++count;
    if (!form_.protobuf) continue;
    item.clear();
    AppendListItem(*object, item);
    message_bytes_ += item.size();
  }
}

// metav1.ListMeta{2: resourceVersion, 3: continue} in field 1, items in field 2.
std::string ListBody::Head(std::uint64_t version) const {
  const std::string type = TypeName(form_, kind_, "List");
  if (!form_.protobuf) {
    return R"({"kind":")" + type + R"(","apiVersion":")" + std::string(ApiVersion(form_)) +
           R"(","metadata":{"resourceVersion":")" + std::to_string(version) + "\"" +
           (continue_.empty() ? "" : R"(,"continue":")" + continue_ + "\"") + R"(},"items":[)";
  }
  std::string list;
  {
    protozero::pbf_writer writer(list);
    protozero::pbf_writer meta(writer, 1);
    meta.add_string(2, std::to_string(version));
    if (!continue_.empty()) meta.add_string(3, continue_);
  }
  std::string head;
  objects::AppendProtobufEnvelope(head, ApiVersion(form_), type, list.size() + message_bytes_);
  return head + list;
}

void ListBody::AppendListItem(const Object& object, std::string& out) {
  if (!form_.protobuf) {
    if (!first_) out += ',';
    first_ = false;
    return AppendItem(form_, object, out);
  }
  std::string message;
  AppendItem(form_, object, message);
  protozero::pbf_writer(out).add_message(2, message);
}

Body::Outcome ListBody::Next(std::int64_t, std::string& piece) {
  piece += head_;
  head_.clear();
  while (piece.size() < kPieceBytes) {
    const auto object = left_ > 0 ? walk_.Next() : std::nullopt;
    if (!object) {
      if (!form_.protobuf) piece += "]}\n";
      return Outcome::kEnd;
    }
    --left_;
    AppendListItem(*object, piece);
  }
  return Outcome::kMore;
}

}  // namespace mpl::bench
