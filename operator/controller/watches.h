// Everything that the operator watches, and the one place that answers "what is live?".
//
// Watched are: pipelines; children by label (cluster-wide kinds, one binding in kube-system, and
// the namespaced kinds of each namespace that a collector runs in); the two APIServices by name;
// per pipeline its endpoints, its namespace and the objects that its spec refers to. Never all
// Secrets, ConfigMaps, pods or nodes of a cluster. Not thread-safe: lives on one runtime.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kube/client/informer.h"
#include "operator/controller/own_registrations.h"
#include "operator/controller/own_writes.h"
#include "operator/plan/names.h"

namespace mpl::controller {

using objects::Json;
using objects::Resource;

struct WatchEvents {
  // A pipeline, or something that belongs to it, changed; "" is all of them.
  std::function<void(const std::string& pipeline)> changed;
  std::function<void(const std::string& pipeline)> pipeline_deleted;
  // Somebody else pointed a registration of ours elsewhere, or changed what it trusts.
  std::function<void(const std::string& api_service)> taken_away;
};

// Why a watch is not synced; nothing when it is, whatever failed since, or when it has just begun.
std::optional<Error> HindranceOf(const client::WatchScope& scope,
                                 const client::InformerStatus& status);
// Why a watch that was synced is blind since two minutes or more, which a restart of kube-apiserver
// is not; nothing when it is not.
std::optional<Error> BlindnessOf(const client::WatchScope& scope,
                                 const client::InformerStatus& status, MonoTime now);

class Watches {
 public:
  using Ptr = std::shared_ptr<const objects::JsonObject>;

  Watches(client::KubeClient& client, net::TaskGroup& tasks, std::string operator_namespace,
          WatchEvents events);

  // The watches that are always there.
  void Start();
  // Those of a namespace in which a collector runs. Repeating is free.
  void FollowNamespace(const std::string& ns);
  void FollowEndpoints(const std::string& pipeline, const std::string& ns,
                       const std::string& service);
  void FollowObject(const std::string& pipeline, const Resource& resource, const std::string& ns,
                    const std::string& name);
  // Objects followed for the pipeline stand in nobody's way any more, until they are followed
  // again.
  void UnfollowObjects(const std::string& pipeline);

  // Null when there is none; the newest of what was watched and what we wrote.
  Ptr Live(const Resource& resource, const std::string& ns, const std::string& name) const;
  // False: Live() cannot know such objects.
  bool Covers(const Resource& resource, const std::string& ns) const;
  // What is about to be written, and what came of it.
  void Expect(const Resource& resource, const Json& intent);
  void Remember(const Resource& resource, const Json& written);

  std::vector<Ptr> Pipelines() const;
  struct Child {
    const Resource* resource;
    Ptr object;
  };
  // All that carry the pipeline's label; APIServices are not among them.
  std::vector<Child> Children(const std::string& pipeline) const;
  std::vector<Ptr> EndpointSlices(const std::string& ns, const std::string& service) const;

  // All that Start() began.
  bool Synced() const;
  // Also what `ns` and the objects followed for the pipeline need.
  bool SyncedFor(const std::string& pipeline, const std::string& ns) const;
  // What keeps SyncedFor from being true: the first watch that has never worked, and why. Nothing
  // while the first lists are under way.
  std::optional<Error> FailureFor(const std::string& pipeline, const std::string& ns) const;
  std::string Failure() const;  // likewise, of Synced
  // The first of them that worked and does not any more: what is taken for live is old.
  std::optional<Error> BlindnessFor(const std::string& pipeline, const std::string& ns) const;
  // Whether `ns` is known to be missing or to be going: nothing can be written there, whatever else
  // can be seen of it.
  bool IsGone(const std::string& ns) const;

 private:
  struct Watch {
    client::WatchScope scope;
    const Resource* child_kind = nullptr;  // its objects are children
    bool basic = false;
    std::string pipeline;   // that it is followed for; empty: labels say whose an object is
    std::string follow_ns;  // that it is part of
    bool wanted = true;     // of an object: the pipeline's spec still names it
    std::unique_ptr<client::Informer<objects::JsonObject>> informer;
  };
  bool Matters(const Watch& watch, const std::string& pipeline, const std::string& ns) const;
  Watch& Add(Watch watch);
  void OnChange(const Watch& watch, const Ptr& before, const Ptr& after);
  static std::string Key(const Resource& resource, const std::string& ns, const std::string& name);

  client::KubeClient& client_;
  net::TaskGroup& tasks_;
  std::string operator_namespace_;
  WatchEvents events_;
  std::vector<std::unique_ptr<Watch>> watches_;
  OwnWrites own_writes_;
  OwnRegistrations own_registrations_;
};

}  // namespace mpl::controller
