// An item's metadata behind its name, as bytes of some representation. In a list the pods of a
// workload follow each other and have all of it in common: it is written once for them.
#pragma once

#include <string>
#include <string_view>

#include "collector/handlers/item.h"

namespace mpl::handlers {

// Not thread-safe.
class MetadataTail {
 public:
  // What `write` appends to the text that it is given; it must depend on nothing but namespace and
  // labels. Good until the next call.
  template <class Write>
  std::string_view Of(const ItemMeta& meta, Write write) {
    if (!bytes_.empty() && meta.labels.SharesBodyWith(labels_) && meta.ns == ns_) return bytes_;
    ns_ = meta.ns;
    labels_ = meta.labels;
    bytes_.clear();
    write(bytes_);
    return bytes_;
  }

 private:
  // What `bytes_` were made of. The labels keep their body alive: no other can be at its address.
  std::string ns_;
  objects::Labels labels_;
  std::string bytes_;
};

}  // namespace mpl::handlers
