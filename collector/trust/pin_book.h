// The public keys of kubelets, as remembered from first contact or from the last certificate that
// the cluster's authority vouched for.
//
// Kept in one ConfigMap (docs/design/0003-kubelet-pins.md): data[<node name>] is compact JSON
//   {"k":"<SHA-256 of the public key, hex>","b":"<boot ID>","u":"<node UID>",
//    "t":"<RFC 3339 time of first contact>"}
// Earlier entries also have "c" and "i", the certificate's subject and issuer; without them all of
// 5,000 nodes fit into the 1 MiB of a ConfigMap.
// Pure values.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"

namespace mpl::trust {

struct Pin {
  std::string public_key_sha256 = {};
  std::string boot_id = {};
  std::string node_uid = {};
  std::string pinned_at = {};
  // Of the certificate at first contact, for messages; not stored, and empty where the authority
  // vouched for it.
  std::string subject = {};
  std::string issuer = {};
  bool vouched_for = false;  // by the authority, as far as this process has seen; not stored

  friend bool operator==(const Pin&, const Pin&) = default;
};

std::string WritePin(const Pin& pin);
// kMalformed when it is no JSON object or "k" is no SHA-256; unknown members are ignored.
Result<Pin> ParsePin(std::string_view json);

class PinBook {
 public:
  // The ConfigMap's data. A value that does not parse is left out and named in `faults`: that node
  // counts as never seen.
  static PinBook Parse(const std::map<std::string, std::string>& data,
                       std::vector<std::string>* faults);

  // Null when the node has none.
  const Pin* Find(std::string_view node) const;
  void Put(const std::string& node, Pin pin) { pins_[node] = std::move(pin); }
  void Remove(const std::string& node) { pins_.erase(node); }
  std::size_t size() const { return pins_.size(); }
  auto begin() const { return pins_.begin(); }
  auto end() const { return pins_.end(); }

 private:
  std::map<std::string, Pin, std::less<>> pins_;
};

}  // namespace mpl::trust
