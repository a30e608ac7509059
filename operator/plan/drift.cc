#include "operator/plan/drift.h"

#include <algorithm>

#include "kube/base/text.h"
#include "kube/objects/fields.h"

namespace mpl::plan {
namespace {

using objects::TextIn;

bool IsGoZero(const Json& value) {
  return value.is_null() || value == Json(false) || value == Json(0) || value == Json("") ||
         (value.is_structured() && value.empty());
}

const Json* Member(const Json* object, const std::string& name) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto found = object->find(name);
  return found == object->end() ? nullptr : &*found;
}

// The item of a list whose key fields are these.
const Json* Item(const Json* list, const Json& keys) {
  if (list == nullptr || !list->is_array() || !keys.is_object()) return nullptr;
  for (const Json& item : *list) {
    bool fits = true;
    for (const auto& [name, wanted] : keys.items()) {
      const Json* value = Member(&item, name);
      fits = fits && value != nullptr && *value == wanted;
    }
    if (fits) return &item;
  }
  return nullptr;
}

bool IsLeaf(const Json& fields) {
  return fields.empty() || (fields.size() == 1 && fields.contains("."));
}

// A manager's fields beside what is wanted and what is there.
class Comparison {
 public:
  std::vector<std::string> Of(const Json& fields, const Json& intent, const Json& live) && {
    Below(fields, &intent, &live, "");
    return std::move(changed_);
  }

 private:
  void Below(const Json& fields, const Json* wanted, const Json* live, const std::string& path) {
    if (!fields.is_object()) return;
    for (const auto& [key, deeper] : fields.items()) {
      if (key.starts_with("f:")) {
        const std::string name = key.substr(2);
        const std::string where = path.empty() ? name : path + "." + name;
        Visit(deeper, Member(wanted, name), Member(live, name), where);
      } else if (key.starts_with("k:")) {
        const std::string spelled = key.substr(2);
        const Json keys = Json::parse(spelled, nullptr, false);
        Visit(deeper, Item(wanted, keys), Item(live, keys), path + "[" + spelled + "]");
      }
    }
  }

  void Visit(const Json& fields, const Json* wanted, const Json* live, const std::string& path) {
    if (wanted == nullptr) return;  // not ours
    if (!IsLeaf(fields)) return Below(fields, wanted, live, path);
    if (live == nullptr || *live != *wanted) changed_.push_back(path);
  }

  std::vector<std::string> changed_;
};

// The uid of the owner that is the controller; empty: there is none.
std::string ControllerOf(const Json& object) {
  const Json* owners = Member(Member(&object, "metadata"), "ownerReferences");
  if (owners == nullptr || !owners->is_array()) return {};
  for (const Json& owner : *owners) {
    if (owner.value("controller", false)) return TextIn(owner, "uid");
  }
  return {};
}

}  // namespace

bool CannotBecome(const Json& live, const Json& intent) {
  for (const char* name : {"roleRef", "type"}) {
    const Json* wanted = Member(&intent, name);
    const Json* there = Member(&live, name);
    if (wanted != nullptr && there != nullptr && !Holds(*there, *wanted)) return true;
  }
  if (live.value("immutable", false)) return true;
  const std::string owner = ControllerOf(live);
  const std::string wanted = ControllerOf(intent);
  return !owner.empty() && !wanted.empty() && owner != wanted;
}

bool Holds(const Json& live, const Json& intent) {
  if (intent.is_object()) {
    for (const auto& [name, wanted] : intent.items()) {
      const Json* value = Member(&live, name);
      if (value == nullptr ? !IsGoZero(wanted) : !Holds(*value, wanted)) return false;
    }
    return true;
  }
  if (!intent.is_array()) return live == intent || (live.is_null() && IsGoZero(intent));
  if (!live.is_array() || live.size() != intent.size()) return false;
  return std::ranges::equal(live, intent, Holds);
}

Drift FindDrift(const std::string& object, const Json& live, const Json& intent) {
  Drift drift{.object = object, .deleted = false, .manager = {}, .fields = {}};
  static const Json::json_pointer kManaged("/metadata/managedFields");
  if (!live.contains(kManaged)) return drift;
  std::string latest;
  for (const Json& entry : live[kManaged]) {
    const std::string manager = TextIn(entry, "manager");
    if (manager == kFieldManager || TextIn(entry, "subresource") == "status") continue;
    auto fields = Comparison().Of(entry.value("fieldsV1", Json::object()), intent, live);
    if (!fields.empty()) return {object, false, manager, std::move(fields)};
    if (const std::string time = TextIn(entry, "time"); time >= latest) {
      latest = time;
      drift.manager = manager;
    }
  }
  return drift;
}

Json HandBack(const Json& managed_fields, const std::string& manager) {
  Json ours, kept = Json::array();
  for (const Json& entry : managed_fields) {
    if (TextIn(entry, "manager") != kFieldManager) {
      kept.push_back(entry);
    } else if (TextIn(entry, "operation") == "Update") {
      ours = entry;
    }
  }
  if (ours.is_null()) return kept;
  for (const char* operation : {"Apply", "Update"}) {
    for (Json& entry : kept) {
      const bool theirs = TextIn(entry, "manager") == manager && !entry.contains("subresource") &&
                          TextIn(entry, "operation") == operation;
      if (!theirs) continue;
      entry["fieldsV1"].merge_patch(ours["fieldsV1"]);  // sets as trees: a union
      return kept;
    }
  }
  ours["manager"] = manager;
  kept.push_back(std::move(ours));
  return kept;
}

std::string Describe(const Drift& drift) {
  if (drift.deleted) {
    return drift.object +
           " was deleted by somebody and is made again: delete the MetricsPipeline, or set "
           "spec.managementState to Unmanaged, to be rid of it";
  }
  std::vector<std::string> fields = drift.fields;
  if (fields.size() > 5) {
    const std::size_t more = fields.size() - 5;
    fields.resize(5);
    fields.push_back("and " + std::to_string(more) + " more");
  }
  return drift.object + " was changed by " +
         (drift.manager.empty() ? "somebody" : "field manager " + drift.manager) +
         (fields.empty() ? "" : " (" + Join(fields, ", ") + ")") +
         " and is put right: change the MetricsPipeline instead, or set spec.managementState to "
         "Unmanaged";
}

}  // namespace mpl::plan
