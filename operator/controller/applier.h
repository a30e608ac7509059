// Carries out the actions of a plan, in order, and writes nothing that is in place already.
//
// Not thread-safe.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kube/client/kube_client.h"
#include "operator/controller/controller_metrics.h"
#include "operator/controller/skip_cache.h"
#include "operator/controller/watches.h"
#include "operator/plan/action.h"
#include "operator/plan/drift.h"

namespace mpl::controller {

class Applier {
 public:
  // Asked before every write; false stops with kCancelled (leadership was lost).
  using MayWrite = std::function<bool()>;

  Applier(client::KubeClient& client, Watches& watches, ControllerMetrics& metrics,
          MayWrite may_write);

  // The error is that of the first action that fails; plan::Refusals says what goes ahead after it.
  // What somebody else had changed or deleted, and is put right, is appended to `drifts`.
  // kConflict: somebody wrote at the same moment, look again.
  net::Task<Result<void>> CarryOut(std::vector<plan::Action> actions,
                                   std::vector<plan::Drift>& drifts);
  // Applies everything again at the next chance, whatever it remembers.
  void Distrust() { skip_.Clear(); }
  // Status of `object`, the pipeline that it was worked out for, unless it is so already.
  // kConflict: another one has its name by now.
  net::Task<Result<void>> WriteStatus(Json object, Json status);

 private:
  net::Task<Result<void>> CarryOut(const plan::Action& action, std::vector<plan::Drift>& drifts);
  net::Task<Result<void>> Apply(const plan::ApplyObject& action, std::vector<plan::Drift>& drifts);
  net::Task<Result<void>> Delete(const plan::DeleteObject& action);
  net::Task<Result<void>> Patch(const plan::PatchObject& action);
  net::Task<Result<Json>> SendStatus(Json intent);
  net::Task<Result<Json>> SendPatch(const plan::PatchObject& action);
  net::Task<Result<Json>> HandOver(const plan::PatchObject& action, Json live);
  // Live, by watch or by GET for kinds that are not watched; null when there is none.
  net::Task<Result<Watches::Ptr>> Find(const Resource& resource, std::string ns, std::string name);
  // `based_on`: see plan::ApplyObject.
  net::Task<Result<Json>> Send(const Resource& resource, Json object,
                               std::optional<std::string> based_on);
  // Some fields can never change (a binding's role, a Secret's type): such an object is made anew.
  net::Task<Result<Json>> Replace(const Resource& resource, const Json& object, std::string uid);
  // The object to apply to: a new one, or one that lost our label. kConflict when it was made by
  // another operator a moment ago.
  net::Task<Result<Json>> Claim(const Resource& resource, const Json& object);
  // One GET tells who changed the object: watches do not keep managedFields, nor see an object any
  // more that lost its label.
  net::Task<plan::Drift> Ask(const Resource& resource, const Json& intent);

  client::KubeClient& client_;
  Watches& watches_;
  ControllerMetrics& metrics_;
  MayWrite may_write_;
  SkipCache skip_;
};

}  // namespace mpl::controller
