#include "operator/app/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>

#include "kube/base/text.h"
#include "kube/base/time.h"

namespace mpl::app {
namespace {

using Faults = std::vector<std::string>;

// As typed: checked by hand afterwards, because CLI11 stops at the first fault.
struct Raw {
  std::string leader_elect = "true";
  std::string health_port = "8081";
  std::string log_level = "info";
  std::string log_format = "json";
  std::string lease_duration = "30s";
  std::string renew_deadline = "20s";
  std::string retry_period = "5s";
  std::string output = "human";
  std::string max_nodes = "500";
};

// What a pod is called, or the host; with a suffix, so that a restarted process is another one.
std::string MakeIdentity(const Environment& environment) {
  std::string name = environment("POD_NAME");
  if (name.empty()) {
    std::array<char, 256> host{};
    name = gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "unknown";
  }
  std::random_device random;
  std::array<char, 9> suffix{};
  std::snprintf(suffix.data(), suffix.size(), "%08x", random());
  return name + "_" + suffix.data();
}

void AddConnection(CLI::App& command, Options& options) {
  command.add_option("--kubeconfig", options.kubeconfig,
                     "Kubeconfig file; default: in-cluster, else $KUBECONFIG, else ~/.kube/config");
}

void AddNamespace(CLI::App& command, Options& options) {
  command.add_option("--namespace", options.ns,
                     "Namespace of the operator; default: $POD_NAMESPACE, else "
                     "metricspipeline-system (start: else that of the credentials)");
}

void AddImage(CLI::App& command, Options& options) {
  command.add_option(
      "--image", options.image,
      "Image of collectors whose spec names none; default: $OPERATOR_IMAGE, else the "
      "image of this pod (render: docker.io/metricspipeline/metricspipeline:dev)");
}

void AddStart(CLI::App& app, Options& options, Raw& raw) {
  CLI::App* start = app.add_subcommand("start", "Keep every MetricsPipeline of the cluster");
  AddConnection(*start, options);
  AddNamespace(*start, options);
  AddImage(*start, options);
  start->add_flag("--leader-elect{true}", raw.leader_elect,
                  "Work only while holding the Lease metricspipeline-operator; default true");
  start->add_option("--lease-duration", raw.lease_duration,
                    "How long others wait before they take the Lease; default 30s");
  start->add_option("--renew-deadline", raw.renew_deadline,
                    "A leader that cannot renew for so long gives up; default 20s");
  start->add_option("--retry-period", raw.retry_period,
                    "How often the Lease is renewed or asked for; default 5s");
  start->add_option("--health-port", raw.health_port,
                    "Port of /healthz, /livez, /readyz and /metrics; 0: any; default 8081");
  start->add_option("--log-level", raw.log_level, "debug, info, warning or error; default info");
  start->add_option("--log-format", raw.log_format, "json or text; default json");
  start->callback([&options] { options.command = Command::kStart; });
}

void AddOthers(CLI::App& app, Options& options) {
  CLI::App* render = app.add_subcommand("render", "Print the children of a MetricsPipeline");
  render->add_option("-f,--filename", options.file, "The MetricsPipeline as YAML; - is stdin");
  AddNamespace(*render, options);
  AddImage(*render, options);
  render->callback([&options] { options.command = Command::kRender; });

  app.add_subcommand("crds", "Print the CustomResourceDefinition")->callback([&options] {
    options.command = Command::kCrds;
  });

  app.add_subcommand("version", "Say which version this is")->callback([&options] {
    options.command = Command::kVersion;
  });
}

void AddOutput(CLI::App& command, Raw& raw) {
  command.add_option("-o,--output", raw.output, "human or json; default human");
}

void AddCheck(CLI::App& app, Options& options, Raw& raw) {
  CLI::App* check = app.add_subcommand(
      "check",
      "Look whether this cluster is ready for us; exit code 1 when something is in the way");
  check->add_flag("--pre", options.before_installation,
                  "Before the installation: nothing of ours is expected to exist");
  check->add_option("--kubelet-ca", options.kubelet_ca,
                    "File with the PEM certificates of a kubelet CA, tried as mode CustomCA");
  check->add_option("--max-nodes", raw.max_nodes, "Most kubelets to dial; 0: none; default 500");
  AddOutput(*check, raw);
  AddConnection(*check, options);
  AddNamespace(*check, options);
  check->callback([&options] { options.command = Command::kCheck; });
}

void AddDiagnosis(CLI::App& app, Options& options, Raw& raw) {
  CLI::App* status = app.add_subcommand(
      "status", "Say how the pipelines are, link by link; exit code 1 when one is broken");
  status->add_option("NAME", options.pipeline, "A MetricsPipeline; default: all");
  AddOutput(*status, raw);
  AddConnection(*status, options);
  AddNamespace(*status, options);
  status->callback([&options] { options.command = Command::kStatus; });

  CLI::App* gather = app.add_subcommand("gather", "Write a support bundle without secrets");
  gather->add_option("-o,--output", options.bundle,
                     "A new directory, a file NAME.tar, or - for an archive on standard output; "
                     "default metricspipeline-bundle");
  AddConnection(*gather, options);
  AddNamespace(*gather, options);
  gather->callback([&options] { options.command = Command::kGather; });

  CLI::App* migrate = app.add_subcommand(
      "migrate", "Print the MetricsPipeline that replaces the metrics-server that runs");
  migrate->add_option("DEPLOYMENT", options.deployment,
                      "NAMESPACE/NAME of metrics-server; default: what is registered");
  migrate->add_option("--pipeline", options.pipeline, "Name of the pipeline; default cluster");
  AddOutput(*migrate, raw);
  AddConnection(*migrate, options);
  AddNamespace(*migrate, options);
  migrate->callback([&options] { options.command = Command::kMigrate; });
}

void CheckOutput(const Raw& raw, Options& options, Faults& faults) {
  if (raw.output != "human" && raw.output != "json") {
    faults.push_back("-o " + raw.output + ": must be human or json");
  }
  options.output = raw.output == "json" ? Output::kJson : Output::kHuman;
}

void CheckMaxNodes(const Raw& raw, Options& options, Faults& faults) {
  const auto number = ParseInteger(raw.max_nodes);
  if (!number || *number < 0 || *number > 100000) {
    faults.push_back("--max-nodes=" + raw.max_nodes + ": must be a number from 0 to 100000");
    return;
  }
  options.max_nodes = static_cast<int>(*number);
}

void CheckLeaderElect(const Raw& raw, Options& options, Faults& faults) {
  if (raw.leader_elect != "true" && raw.leader_elect != "false") {
    faults.push_back("--leader-elect=" + raw.leader_elect + ": must be true or false");
  }
  options.leader_elect = raw.leader_elect == "true";
}

void CheckPort(const Raw& raw, Options& options, Faults& faults) {
  const std::string& text = raw.health_port;
  const bool digits = !text.empty() && text.size() <= 5 &&
                      std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const int port = digits ? std::stoi(text) : -1;
  if (port < 0 || port > 65535) {
    faults.push_back("--health-port=" + text + ": must be a port from 0 (any) to 65535");
    return;
  }
  options.health_port = static_cast<std::uint16_t>(port);
}

void CheckLogging(const Raw& raw, Options& options, Faults& faults) {
  if (const auto level = log::ParseLevel(raw.log_level)) {
    options.log_level = *level;
  } else {
    faults.push_back("--log-level=" + raw.log_level + ": must be debug, info, warning or error");
  }
  if (const auto format = log::ParseFormat(raw.log_format)) {
    options.log_format = *format;
  } else {
    faults.push_back("--log-format=" + raw.log_format + ": must be json or text");
  }
}

bool CheckSeconds(const char* flag, const std::string& text, std::chrono::seconds& target,
                  Faults& faults) {
  const auto duration = ParseGoDuration(text);
  const bool whole = duration && *duration >= std::chrono::seconds(1) &&
                     *duration <= std::chrono::hours(1) &&
                     *duration % std::chrono::seconds(1) == Duration::zero();
  if (!whole) {
    faults.push_back(std::string(flag) + "=" + text +
                     ": must be whole seconds from 1s to 1h, such as 30s");
    return false;
  }
  target = std::chrono::duration_cast<std::chrono::seconds>(*duration);
  return true;
}

void CheckLease(const Raw& raw, Options& options, Faults& faults) {
  machinery::LeaseTimings& lease = options.lease;
  const bool duration =
      CheckSeconds("--lease-duration", raw.lease_duration, lease.lease_duration, faults);
  const bool deadline =
      CheckSeconds("--renew-deadline", raw.renew_deadline, lease.renew_deadline, faults);
  const bool retry = CheckSeconds("--retry-period", raw.retry_period, lease.retry_period, faults);
  if (!duration || !deadline || !retry) return;
  if (auto valid = lease.Validate(); !valid) {
    faults.push_back("--lease-duration, --renew-deadline, --retry-period: " +
                     valid.error().message);
  }
}

}  // namespace

std::string ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

std::expected<Options, Faults> ParseOptions(const std::vector<std::string>& arguments,
                                            const Environment& environment) {
  Options options;
  Raw raw;
  CLI::App app("Keeps MetricsPipelines: deploys collectors and registers metrics.k8s.io.",
               "metricspipeline-operator");
  app.require_subcommand(1);
  AddStart(app, options, raw);
  AddOthers(app, options);
  AddCheck(app, options, raw);
  AddDiagnosis(app, options, raw);
  Faults faults;
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // CLI11's order
  } catch (const CLI::CallForHelp&) {
    options.command = Command::kHelp;
    options.help = app.help();
    return options;
  } catch (const CLI::ParseError& error) {
    faults.emplace_back(error.what());
  }
  CheckLeaderElect(raw, options, faults);
  CheckPort(raw, options, faults);
  CheckLogging(raw, options, faults);
  CheckLease(raw, options, faults);
  CheckOutput(raw, options, faults);
  CheckMaxNodes(raw, options, faults);
  if (options.command == Command::kRender && options.file.empty()) {
    faults.emplace_back("-f: names the file of the MetricsPipeline (- for standard input)");
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  if (options.ns.empty()) options.ns = environment("POD_NAMESPACE");
  if (options.image.empty()) options.image = environment("OPERATOR_IMAGE");
  options.identity = MakeIdentity(environment);
  return options;
}

}  // namespace mpl::app
