#include "operator/app/commands.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <system_error>

#include "kube/base/version.h"
#include "operator/app/check.h"
#include "operator/app/crds.h"
#include "operator/app/gather.h"
#include "operator/app/migrate.h"
#include "operator/app/one_shot.h"
#include "operator/app/render.h"
#include "operator/app/start.h"
#include "operator/app/status.h"
#include "operator/app/tar.h"

namespace mpl::app {
namespace {

constexpr const char* kDefaultNamespace = "metricspipeline-system";
constexpr const char* kDefaultImage = "docker.io/metricspipeline/metricspipeline:dev";

constexpr int kUnanswered = 3;

int Failed(const std::string& message) {
  std::cerr << message << "\n";
  return 1;
}

Result<std::string> ReadInput(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(ErrorKind::kNotFound, path + ": cannot be read");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int RunRender(const Options& options) {
  auto yaml = ReadInput(options.file);
  if (!yaml) return Failed(yaml.error().message);
  RenderInput input;
  input.yaml = *std::move(yaml);
  input.ns = options.ns.empty() ? kDefaultNamespace : options.ns;
  input.image = options.image.empty() ? kDefaultImage : options.image;
  const auto text = Render(input);
  if (!text) return Failed(text.error().message);
  std::cout << *text;
  return 0;
}

std::string NamespaceOf(const Options& options) {
  return options.ns.empty() ? kDefaultNamespace : options.ns;
}

void Print(const Options& options, const std::string& text, const objects::Json& json) {
  const bool wants_json = options.output == Output::kJson;
  std::cout << (wants_json
                    ? json.dump(2, ' ', false, objects::Json::error_handler_t::replace) + "\n"
                    : text);
}

int Unanswered(const Error& error) {
  Failed(error.message);
  return kUnanswered;
}

int RunCheck(const Options& options) {
  CheckOptions check{.ns = NamespaceOf(options),
                     .before = options.before_installation,
                     .kubelet_ca = {},
                     .max_nodes = options.max_nodes};
  if (!options.kubelet_ca.empty()) {
    auto pem = ReadInput(options.kubelet_ca);
    if (!pem) return Failed(pem.error().message);
    const auto certificates = x509::ParsePemCertificates(*pem);
    if (!certificates) {
      return Failed("--kubelet-ca=" + options.kubelet_ca + ": " + certificates.error().message);
    }
    check.kubelet_ca = *std::move(pem);
  }
  const auto findings = OneShot(options.kubeconfig, &Check, std::move(check));
  if (!findings) return Unanswered(findings.error());
  Print(options, diagnosis::Describe(*findings), diagnosis::ToJson(*findings));
  return diagnosis::HasFault(*findings) ? 1 : 0;
}

int RunStatus(const Options& options) {
  const auto report = OneShot(options.kubeconfig, &ReportStatus,
                              {.name = options.pipeline, .ns = NamespaceOf(options)});
  if (!report && report.error().kind == ErrorKind::kNotFound) return Failed(report.error().message);
  if (!report) return Unanswered(report.error());
  Print(options, Describe(*report), ToJson(*report));
  return report->all_ready ? 0 : 1;
}

int RunGather(const Options& options) {
  const std::string path = options.bundle.empty() ? "metricspipeline-bundle" : options.bundle;
  GatherOptions gather;
  gather.ns = NamespaceOf(options);
  const auto bundle = OneShot(options.kubeconfig, &Gather, std::move(gather));
  if (!bundle) return Unanswered(bundle.error());
  if (path != "-" && !path.ends_with(".tar")) {
    if (auto written = WriteBundle(*bundle, path); !written) return Failed(written.error().message);
    std::cout << path << ": " << bundle->size() << " files, without secrets\n";
    return 0;
  }
  const auto archive = ToTar(*bundle, net::SystemNow());
  if (!archive) return Failed(archive.error().message);
  if (path == "-") {
    std::cout << *archive;
    return 0;
  }
  std::ofstream file(path, std::ios::binary);
  // Of a file that was there already the mode would stay what it was.
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) {
    using std::filesystem::perms;
    std::filesystem::permissions(path, perms::owner_read | perms::owner_write, error);
    if (error) return Failed(path + ": " + error.message());
  }
  file << *archive;
  if (!file.flush()) return Failed(path + ": cannot be written");
  std::cout << path << ": " << bundle->size() << " files, without secrets\n";
  return 0;
}

int RunMigrate(const Options& options) {
  MigrateOptions migrate;
  migrate.deployment = options.deployment;
  migrate.ns = NamespaceOf(options);
  if (!options.pipeline.empty()) migrate.pipeline = options.pipeline;
  auto server = OneShot(options.kubeconfig, &FindMetricsServer, std::move(migrate));
  if (!server && server.error().kind == ErrorKind::kNotFound) return Failed(server.error().message);
  if (!server) return Unanswered(server.error());
  server->asked = {options.deployment, options.pipeline, options.ns, options.kubeconfig};
  const migration::Migration migration = migration::Migrate(*server);
  Print(options, migration::ToText(migration), migration::ToJson(migration));
  return migration.NeedsDecision() ? 1 : 0;
}

int Dispatch(const Options& options, const Environment& environment) {
  switch (options.command) {
    case Command::kStart:
      return Start(options, environment);
    case Command::kRender:
      return RunRender(options);
    case Command::kCheck:
      return RunCheck(options);
    case Command::kStatus:
      return RunStatus(options);
    case Command::kGather:
      return RunGather(options);
    case Command::kMigrate:
      return RunMigrate(options);
    case Command::kCrds:
      std::cout << kCrdYaml;
      return 0;
    case Command::kVersion:
      std::cout << "metricspipeline-operator " << kVersion << " (" << Commit() << ")\n";
      return 0;
    case Command::kHelp:
      std::cout << options.help;
      return 0;
  }
  return 2;
}

}  // namespace

int RunCommand(const std::vector<std::string>& arguments, const Environment& environment) {
  const auto options = ParseOptions(arguments, environment);
  if (!options) {
    for (const std::string& fault : options.error()) std::cerr << fault << "\n";
    return 2;
  }
  const int exit_code = Dispatch(*options, environment);
  if (std::cout.flush()) return exit_code;
  return Failed("standard output cannot be written");
}

}  // namespace mpl::app
