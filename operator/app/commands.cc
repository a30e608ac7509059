#include "operator/app/commands.h"

#include <fstream>
#include <iostream>
#include <iterator>

#include "kube/base/version.h"
#include "operator/app/check.h"
#include "operator/app/crds.h"
#include "operator/app/one_shot.h"
#include "operator/app/render.h"
#include "operator/app/start.h"
#include "operator/app/status.h"

namespace mpl::app {
namespace {

constexpr const char* kDefaultNamespace = "metricspipeline-system";
constexpr const char* kDefaultImage = "docker.io/metricspipeline/metricspipeline:dev";

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

int RunCheck(const Options& options) {
  const std::string ns = options.ns.empty() ? kDefaultNamespace : options.ns;
  const auto findings = OneShot(options.kubeconfig, &Check, ns);
  if (!findings) return Failed("FAIL  " + findings.error().message);
  std::cout << Describe(*findings);
  return HasFault(*findings) ? 1 : 0;
}

int RunStatus(const Options& options) {
  const auto report = OneShot(options.kubeconfig, &ReportStatus, options.pipeline);
  if (!report) return Failed(report.error().message);
  std::cout << report->text;
  return report->all_ready ? 0 : 1;
}

}  // namespace

int RunCommand(const std::vector<std::string>& arguments, const Environment& environment) {
  const auto options = ParseOptions(arguments, environment);
  if (!options) {
    for (const std::string& fault : options.error()) std::cerr << fault << "\n";
    return 2;
  }
  switch (options->command) {
    case Command::kStart:
      return Start(*options, environment);
    case Command::kRender:
      return RunRender(*options);
    case Command::kCheck:
      return RunCheck(*options);
    case Command::kStatus:
      return RunStatus(*options);
    case Command::kCrds:
      std::cout << kCrdYaml;
      return 0;
    case Command::kVersion:
      std::cout << "metricspipeline-operator " << kVersion << " (" << Commit() << ")\n";
      return 0;
    case Command::kHelp:
      std::cout << options->help;
      return 0;
  }
  return 2;
}

}  // namespace mpl::app
