#include "operator/migration/migration.h"

#include <algorithm>
#include <span>

#include "operator/migration/flag_table.h"
#include "operator/migration/translation.h"
#include "operator/pipeline/pipeline.h"
#include "operator/plan/provider.h"

namespace mpl::migration {
namespace {

// By image, then by name, then the first one.
Json FindContainer(const Json& pod) {
  const Json containers = pod.value("containers", Json::array());
  for (const char* field : {"image", "name"}) {
    for (const Json& container : containers) {
      if (container.value(field, "").find("metrics-server") != std::string::npos) return container;
    }
  }
  return containers.empty() ? Json::object() : containers.front();
}

// `command` holds the program first; images of metrics-server have it as their entry point, so that
// `args` are flags alone.
std::vector<std::string> Arguments(const Json& container) {
  std::vector<std::string> arguments;
  bool program = true;
  for (const Json& word : container.value("command", Json::array())) {
    const std::string text = word.is_string() ? word.get<std::string>() : "";
    const bool is_program = program && !text.starts_with('-');
    program = false;
    if (!is_program) arguments.push_back(text);
  }
  for (const Json& word : container.value("args", Json::array())) {
    if (word.is_string()) arguments.push_back(word.get<std::string>());
  }
  return arguments;
}

void AccountFor(Translation& t, const Flag& flag) {
  if (!flag.is_flag) {
    return t.Tell(flag.written, Outcome::kUnknown,
                  "is no flag: metrics-server takes none but flags");
  }
  if (TranslateFlag(t, flag)) return;
  const FlagRow* row = FindFlag(flag.name);
  if (row == nullptr) {
    return t.Tell(flag.written, Outcome::kUnknown,
                  "is no flag of metrics-server 0.9.0: look into the documentation of the image");
  }
  const bool off = flag.value.empty() || (row->is_switch && !t.IsOn(flag.name));
  const bool lost = row->treatment == Treatment::kLost && !off;
  t.Tell(flag.written, lost ? Outcome::kDecide : Outcome::kNeedless, std::string(row->note));
}

// As pflag has it: a value takes the place of the one before, a list grows.
bool IsOverridden(const Flag& flag, std::span<const Flag> later) {
  if (FindFlag(flag.name) == nullptr || Collects(flag.name)) return false;
  return std::ranges::find(later, flag.name, &Flag::name) != later.end();
}

std::string Found(const MetricsServer& server, const Json& container) {
  std::string text = "Deployment " + TextAt(server.deployment, "/metadata/namespace") + "/" +
                     TextAt(server.deployment, "/metadata/name") + " (" +
                     container.value("image", "no image") + ")";
  if (!server.api_service.is_object())
    return text + "; v1beta1.metrics.k8s.io is registered for nobody else";
  return text + "; v1beta1.metrics.k8s.io: " +
         plan::Classify(server.api_service, server.manager).Describe();
}

}  // namespace

std::string_view Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCarriedOver:
      return "CarriedOver";
    case Outcome::kNeedless:
      return "Needless";
    case Outcome::kDecide:
      return "Decide";
    case Outcome::kUnknown:
      break;
  }
  return "Unknown";
}

bool Migration::NeedsDecision() const {
  return std::ranges::any_of(accounts, [](const Account& account) {
    return account.outcome == Outcome::kDecide || account.outcome == Outcome::kUnknown;
  });
}

Migration Migrate(const MetricsServer& server) {
  const Json::json_pointer at("/spec/template/spec");
  Json pod = server.deployment.contains(at) ? server.deployment[at] : Json::object();
  Json container = FindContainer(pod);
  const std::vector<Flag> flags = ReadFlags(Arguments(container));
  Translation t{.server = server,
                .pod = std::move(pod),
                .container = std::move(container),
                .given = {},
                .spec = Json::object(),
                .accounts = {},
                .preparation = {}};
  for (const Flag& flag : flags) {
    if (flag.is_flag) t.given[flag.name] = flag;
  }
  for (std::size_t i = 0; i < flags.size(); ++i) {
    if (IsOverridden(flags[i], std::span(flags).subspan(i + 1))) {
      t.Tell(flags[i].written, Outcome::kNeedless, "is given again: the last one counts");
    } else {
      AccountFor(t, flags[i]);
    }
  }
  TranslateDefaults(t);
  TranslateDeployment(t);
  t.spec["apiServices"] = {{"conflictPolicy", "TakeOver"}, {"deletionPolicy", "Restore"}};
  Migration migration;
  migration.found = Found(server, t.container);
  migration.pipeline = {{"apiVersion", pipeline::kApiVersion},
                        {"kind", pipeline::kKind},
                        {"metadata", {{"name", server.pipeline_name}}},
                        {"spec", t.spec}};
  migration.accounts = std::move(t.accounts);
  migration.preparation = std::move(t.preparation);
  PlanSwitch(server, migration);
  return migration;
}

}  // namespace mpl::migration
