#include "collector/app/app.h"

#include <iostream>

#include "collector/app/options.h"
#include "collector/app/scrape_side.h"
#include "collector/app/serve_side.h"
#include "collector/app/shared.h"
#include "collector/config/config.h"
#include "kube/base/version.h"
#include "kube/client/read_file.h"
#include "kube/telemetry/log.h"

namespace mpl::app {
namespace {

constexpr int kFine = 0;
constexpr int kFailed = 1;
constexpr int kWrongFlags = 2;

int Validate(const std::string& path) {
  const auto document = client::ReadFile(path);
  if (!document) {
    std::cerr << document.error().message << '\n';
    return kFailed;
  }
  const auto config = config::ParseConfig(*document);
  if (config) {
    std::cout << path << ": valid, hash " << config::ConfigHash(*document) << '\n';
    return kFine;
  }
  for (const config::Fault& fault : config.error()) std::cerr << fault.ToString() << '\n';
  return kFailed;
}

int Failed(const Error& error) {
  log::Failure("collector cannot run", {{"reason", error.message}});
  return kFailed;
}

int Start(const Options& options) {
  auto for_scraping = client::LoadRestConfig(options.kubeconfig);
  if (!for_scraping) return Failed(for_scraping.error());
  auto for_serving = client::LoadRestConfig(options.kubeconfig);
  if (!for_serving) return Failed(for_serving.error());
  for (const auto& rest : {*for_scraping, *for_serving}) {
    rest->user_agent = client::UserAgent("metricspipeline-collector");
  }
  // Reviews: this limit is that of our answers to strangers, and of whoever reads many objects one
  // by one, each of which is reviewed. k8s.io/apiserver has 200 and 400; a reader who gets an
  // answer in 0.2 ms would then wait 5 ms for every further one. Those who come through
  // kube-apiserver are limited there already.
  (*for_serving)->qps = 1000;
  (*for_serving)->burst = 2000;
  Shared shared;
  ScrapeSide scrape(options, shared, *std::move(for_scraping));
  ServeSide serve(options, shared, scrape, *std::move(for_serving));
  scrape.Start();
  const auto served = serve.Run();
  scrape.Stop();
  if (!served) return Failed(served.error());
  log::Info("stopped");
  return kFine;
}

int Run(const std::vector<std::string>& arguments) {
  const auto options = ParseOptions(arguments);
  if (!options) {
    for (const std::string& fault : options.error()) std::cerr << fault << '\n';
    std::cerr << "Run with --help for more.\n";
    return kWrongFlags;
  }
  switch (options->command) {
    case Command::kHelp:
      std::cout << options->help;
      return kFine;
    case Command::kVersion:
      std::cout << "metricspipeline-collector " << kVersion << " (" << Commit() << ")\n";
      return kFine;
    case Command::kValidate:
      return Validate(options->file);
    case Command::kStart:
      break;
  }
  return Start(*options);
}

}  // namespace

int Main(const std::vector<std::string>& arguments) {
  const int exit_code = Run(arguments);
  if (std::cout.flush()) return exit_code;
  std::cerr << "standard output cannot be written\n";
  return kFailed;
}

}  // namespace mpl::app
