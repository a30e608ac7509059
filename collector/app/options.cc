#include "collector/app/options.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "kube/base/text.h"

namespace mpl::app {
namespace {

constexpr Duration kLongestShutdownDelay = std::chrono::minutes(5);

// As typed: checked by hand afterwards, because CLI11 stops at the first fault.
struct Raw {
  std::string config_map;
  std::string port = "10250";
  std::string shutdown_delay = "10s";
};

using Faults = std::vector<std::string>;

std::string HostName() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

bool IsIpLiteral(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

void CheckConfigSource(const Raw& raw, Options& options, Faults& faults) {
  if (!raw.config_map.empty() && !options.config_file.empty()) {
    faults.push_back("--config and --config-map: give only one of the two");
  }
  if (raw.config_map.empty()) return;
  const auto parts = Split(raw.config_map, '/');
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) {
    faults.push_back("--config-map=" + raw.config_map + ": must be NAMESPACE/NAME");
    return;
  }
  options.config_map = {std::string(parts[0]), std::string(parts[1])};
}

void CheckListen(const Raw& raw, Options& options, Faults& faults) {
  const bool digits = !raw.port.empty() && raw.port.size() <= 5 &&
                      std::ranges::all_of(raw.port, [](char c) { return c >= '0' && c <= '9'; });
  const int port = digits ? std::stoi(raw.port) : -1;
  if (port < 0 || port > 65535) {
    faults.push_back("--secure-port=" + raw.port + ": must be a port from 0 (any) to 65535");
  } else {
    options.secure_port = static_cast<std::uint16_t>(port);
  }
  if (!IsIpLiteral(options.bind_address)) {
    faults.push_back("--bind-address=" + options.bind_address +
                     ": must be an IP address, such as 0.0.0.0 or ::");
  }
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    faults.push_back(
        "--tls-cert-file and --tls-key-file: give both, or none for a self-signed one");
  }
}

void CheckKubeletClient(const Options& options, Faults& faults) {
  if (options.kubelet_client_cert_file.empty() != options.kubelet_client_key_file.empty()) {
    faults.push_back(
        "--kubelet-client-certificate and --kubelet-client-key: give both, or none for a token");
  }
}

void CheckShutdown(const Raw& raw, Options& options, Faults& faults) {
  const auto delay = ParseGoDuration(raw.shutdown_delay);
  if (!delay || *delay < Duration::zero() || *delay > kLongestShutdownDelay) {
    faults.push_back("--shutdown-delay=" + raw.shutdown_delay +
                     ": must be a duration from 0s to 5m, such as 10s");
    return;
  }
  options.shutdown_delay = *delay;
}

void AddStart(CLI::App& app, Options& options, Raw& raw) {
  CLI::App* start = app.add_subcommand("start", "Scrape kubelets and serve metrics.k8s.io");
  start->add_option("--kubeconfig", options.kubeconfig,
                    "Kubeconfig file; default: in-cluster, else $KUBECONFIG, else ~/.kube/config");
  start->add_option("--config", options.config_file, "CollectorConfiguration file, read live");
  start->add_option("--config-map", raw.config_map,
                    "NAMESPACE/NAME of the ConfigMap with key collector.yaml, read live");
  start->add_option("--secure-port", raw.port, "Port of the HTTPS server; default 10250");
  start->add_option("--bind-address", options.bind_address,
                    "Address to listen on; default 0.0.0.0, which like :: means all, of IPv4 and "
                    "IPv6");
  start->add_option("--tls-cert-file", options.tls_cert_file,
                    "Serving certificate, PEM, read again when it changes");
  start->add_option("--tls-key-file", options.tls_key_file, "Its private key, PEM");
  start->add_option("--kubelet-client-certificate", options.kubelet_client_cert_file,
                    "Client certificate shown to kubelets in place of a token, PEM, read again "
                    "when it changes");
  start->add_option("--kubelet-client-key", options.kubelet_client_key_file,
                    "Its private key, PEM");
  start->add_option("--replica", options.replica, "Name of this replica; default: the host's name");
  start->add_option("--shutdown-delay", raw.shutdown_delay,
                    "How long to serve on after SIGTERM; default 10s");
  start->callback([&options] { options.command = Command::kStart; });
}

}  // namespace

std::expected<Options, Faults> ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  Raw raw;
  CLI::App app("Collects resource metrics from kubelets and serves them.",
               "metricspipeline-collector");
  app.require_subcommand(1);
  AddStart(app, options, raw);
  CLI::App* validate = app.add_subcommand("validate", "Check a CollectorConfiguration file");
  validate->add_option("FILE", options.file, "The file")->required();
  validate->callback([&options] { options.command = Command::kValidate; });
  app.add_subcommand("version", "Say which version this is")->callback([&options] {
    options.command = Command::kVersion;
  });

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11 wants it so
  Faults faults;
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    options.command = Command::kHelp;
    options.help = app.help();
    return options;
  } catch (const CLI::ParseError& error) {
    faults.emplace_back(error.what());
  }
  CheckConfigSource(raw, options, faults);
  CheckListen(raw, options, faults);
  CheckKubeletClient(options, faults);
  CheckShutdown(raw, options, faults);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  if (options.replica.empty()) options.replica = HostName();
  return options;
}

}  // namespace mpl::app
