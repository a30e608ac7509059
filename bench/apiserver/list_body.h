// A list of one state of the API, object by object. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "bench/apiserver/body.h"
#include "bench/apiserver/form.h"
#include "bench/apiserver/walk.h"

namespace mpl::bench {

class ListBody : public Body {
 public:
  // `limit` 0: to the end. A page that does not reach it carries a continue token.
  ListBody(const std::shared_ptr<const Contents>& contents, const Form& form, const Walk& from,
           Kind kind, std::int64_t limit);

  Outcome Next(std::int64_t now_ms, std::string& piece) override;
  // False: this page is the last one.
  bool continues() const { return !continue_.empty(); }

 private:
  // Goes through the page once: protobuf says its size first, and a head whether more will come.
  std::int64_t CountAhead(Walk walk, std::int64_t limit, std::uint64_t version);
  std::string Head(std::uint64_t version) const;
  void AppendListItem(const Object& object, std::string& out);

  Form form_;
  Kind kind_;
  Walk walk_;
  std::string continue_;
  std::size_t message_bytes_ = 0;  // of all items of the page, protobuf only
  std::int64_t left_ = 0;
  std::string head_;
  bool first_ = true;
};

}  // namespace mpl::bench
