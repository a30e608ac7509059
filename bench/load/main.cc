// Asks an HTTPS server over and over and prints what it felt like, as JSON: see --help.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>

#include "bench/load/run.h"

namespace {

using namespace mpl::bench;

struct Options {
  LoadPlan plan;
  std::vector<std::string> paths;
  std::string paths_file;
  std::vector<std::string> headers;
};

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--port", options.plan.endpoint.port, "Of 127.0.0.1")->required();
  app.add_option("--cert", options.plan.endpoint.certificate_file, "Client certificate")
      ->required();
  app.add_option("--key", options.plan.endpoint.key_file, "Its key")->required();
  app.add_option("--path", options.paths, "What to ask for; may come repeatedly");
  app.add_option("--paths-file", options.paths_file, "One path a line");
  app.add_option("--header", options.headers,
                 "\"Name: value\" of every request; may come repeatedly");
  app.add_option("--connections", options.plan.connections, "At the same time")
      ->check(CLI::Range(1, 256));
  app.add_option("--rate", options.plan.rate, "Requests per second, open loop; 0: closed loop");
  app.add_option("--seconds", options.plan.seconds, "How long to ask");
  app.add_option("--requests", options.plan.limit, "Most requests; 0: as many as fit");
}

void MakeHeads(Options& options) {
  std::ifstream file(options.paths_file);
  for (std::string line; std::getline(file, line);) options.paths.push_back(line);
  for (const std::string& path : options.paths) {
    std::string head = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n";
    for (const std::string& header : options.headers) head += header + "\r\n";
    options.plan.heads.push_back(head + "\r\n");
  }
}

int Run(int argc, char** argv) {
  CLI::App app("Load on an HTTPS server of loopback, open or closed loop", "bench_load");
  Options options;
  AddOptions(app, options);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  MakeHeads(options);
  if (options.plan.heads.empty()) {
    std::fprintf(stderr, "bench_load: give --path or --paths-file\n");
    return 2;
  }
  std::printf("%s\n", RunLoad(options.plan).ToJson().c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_load: %s\n", error.what());
    return 1;
  }
}
