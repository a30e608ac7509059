// What stands on the command line and in the environment, checked as a whole.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "kube/machinery/lease.h"
#include "kube/telemetry/log.h"

namespace mpl::app {

enum class Command { kStart, kRender, kCrds, kCheck, kStatus, kGather, kMigrate, kVersion, kHelp };
enum class Output { kHuman, kJson };

struct Options {
  Command command = Command::kHelp;
  std::string help;  // for kHelp: what to print

  // All but render, crds and version: how to reach the API server. Empty: in-cluster, else
  // $KUBECONFIG.
  std::string kubeconfig;
  // All but crds and version: where the operator runs. Empty: start takes that of its credentials,
  // the others metricspipeline-system.
  std::string ns;
  std::string image;  // start, render: what the collector runs unless its spec says otherwise

  // start
  bool leader_elect = true;
  std::uint16_t health_port = 8081;
  log::Level log_level = log::Level::kInfo;
  log::Format log_format = log::Format::kJson;
  machinery::LeaseTimings lease;
  std::string identity;  // in the Lease

  std::string file;      // render: the MetricsPipeline; "-" is standard input
  std::string pipeline;  // status: its name, empty: all. migrate: of the one that is printed
  Output output = Output::kHuman;  // check, status, migrate

  bool before_installation = false;  // check --pre
  std::string kubelet_ca;            // check: a file of PEM certificates; empty: none
  int max_nodes = 500;               // check: kubelets that are dialled
  std::string bundle;                // gather: a directory, a .tar file, or "-"
  std::string deployment;            // migrate: "ns/name"; empty: found by the registration
};

// Value of an environment variable, empty when unset.
using Environment = std::function<std::string(const std::string& name)>;
std::string ProcessEnvironment(const std::string& name);

// `arguments` without the program's name. On failure every fault, each naming its flag.
std::expected<Options, std::vector<std::string>> ParseOptions(
    const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace mpl::app
