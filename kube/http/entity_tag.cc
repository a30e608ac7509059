#include "kube/http/entity_tag.h"

#include "kube/base/digest.h"
#include "kube/base/text.h"

namespace mpl::http {
namespace {

// A list of quoted tags, or '*'. Compared weakly, as If-None-Match is: W/ makes no difference.
bool Names(const Headers& request, std::string_view tag) {
  for (const std::string_view value : request.GetAll("If-None-Match")) {
    for (std::string_view one : Split(value, ',')) {
      one = Trim(one);
      if (one.starts_with("W/")) one.remove_prefix(2);
      if (one == tag || one == "*") return true;
    }
  }
  return false;
}

}  // namespace

std::string EntityTag(std::string_view bytes) {
  std::string tag = "\"" + Sha256Hex(bytes) + "\"";
  for (char& c : tag) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return tag;
}

void Revalidate(const Headers& request, const std::string& tag, Response& response) {
  response.headers.Set("ETag", tag);
  if (!Names(request, tag)) return;
  response.status = 304;
  response.body.clear();
  response.headers.Remove("Content-Type");
}

}  // namespace mpl::http
