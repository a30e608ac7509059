#include "kube/apiserver/route_table.h"

#include <algorithm>

#include "kube/base/text.h"

namespace mpl::apiserver {

bool Route::Takes(std::string_view method) const {
  if (method == "HEAD") method = "GET";
  return std::ranges::find(methods, method) != methods.end();
}

std::string Route::Allow() const {
  std::vector<std::string> allowed = methods;
  if (Takes("HEAD")) allowed.emplace_back("HEAD");
  return Join(allowed, ", ");
}

void RouteTable::Add(std::string pattern, Route route) {
  routes_.insert_or_assign(std::move(pattern), std::move(route));
}

const Route* RouteTable::Find(const http::Target& target) const {
  std::string_view path = target.path;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (const auto exact = routes_.find(path); exact != routes_.end()) return &exact->second;
  for (std::size_t end = path.rfind('/'); end != std::string_view::npos;
       end = end == 0 ? std::string_view::npos : path.rfind('/', end - 1)) {
    const auto prefix = routes_.find(path.substr(0, end + 1));
    if (prefix != routes_.end() && end > 0) return &prefix->second;
  }
  return nullptr;
}

std::vector<std::string> RouteTable::Patterns() const {
  std::vector<std::string> patterns;
  patterns.reserve(routes_.size());
  for (const auto& [pattern, route] : routes_) patterns.push_back(pattern);
  return patterns;
}

}  // namespace mpl::apiserver
