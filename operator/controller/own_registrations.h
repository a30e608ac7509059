// Tells whether a change of a registration was somebody else's: pointed elsewhere, or made to trust
// another server. Pure, not thread-safe.
#pragma once

#include <map>
#include <string>

#include "kube/objects/fields.h"
#include "operator/controller/own_writes.h"
#include "operator/plan/release.h"

namespace mpl::controller {

class OwnRegistrations {
 public:
  using Ptr = OwnWrites::Ptr;

  // What is about to be applied: its event may come before its answer.
  void Want(const plan::Json& intent) {
    Registration& own = registrations_[objects::TextAt(intent, "/metadata/name")];
    own.service = plan::ServiceOf(intent);
    own.trust = plan::TrustOf(intent);
  }
  // The answer. Every write of ours names the version that it is based on, so that there is nothing
  // unseen before it.
  void Wrote(const objects::JsonObject& written) {
    registrations_[written.meta.name].version = OwnWrites::Version(written);
  }

  // Before the first write it is not known what we want it to trust.
  bool IsRewrite(const Ptr& before, const Ptr& after) const {
    if (before == nullptr || after == nullptr || plan::HolderOf(before->json).empty()) return false;
    const std::string service = plan::ServiceOf(after->json);
    const std::string trust = plan::TrustOf(after->json);
    const auto own = registrations_.find(after->meta.name);
    if (service != plan::ServiceOf(before->json)) {
      // Giving it back points it elsewhere as well.
      return own == registrations_.end() || service != own->second.service;
    }
    return trust != plan::TrustOf(before->json) && own != registrations_.end() &&
           trust != own->second.trust && OwnWrites::Version(*after) > own->second.version;
  }

 private:
  struct Registration {
    std::string service;
    std::string trust;
    std::uint64_t version = 0;  // of our last write
  };
  std::map<std::string, Registration> registrations_;  // by name
};

}  // namespace mpl::controller
