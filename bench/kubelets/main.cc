// Simulates the kubelets of a whole cluster on loopback addresses: see --help.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "bench/kubelets/server.h"
#include "bench/serving/sockets.h"

namespace {

using namespace mpl::bench;

struct Options {
  ClusterShape shape;
  ServerOptions server;
  std::string authority_file = "kubelets-ca.crt";
};

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--nodes", options.shape.nodes, "Kubelets, at 127.1.0.1 and up")
      ->check(CLI::Range(1, kMaxNodes));
  app.add_option("--pods", options.shape.pods, "Pods of each node")->check(CLI::Range(0, kMaxPods));
  app.add_option("--containers", options.shape.containers, "Containers of each pod")
      ->check(CLI::Range(1, kMaxContainers));
  app.add_option("--port", options.server.port, "HTTPS port of every kubelet");
  app.add_option("--control-port", options.server.control_port, "Port of 127.0.0.1 for control");
  app.add_flag("--gzip", options.server.gzip, "Compress for clients that take it");
  app.add_option("--pace", options.server.pace, "Time in answers goes by so many times as fast")
      ->check(CLI::Range(1, 100));
  app.add_option("--authority-file", options.authority_file,
                 "Where to write the certificate that signed all kubelets'");
}

int Run(int argc, char** argv) {
  CLI::App app("Kubelets of a synthetic cluster on 127.0.0.0/8, one process for all",
               "bench_kubelets");
  Options options;
  AddOptions(app, options);
  CLI11_PARSE(app, argc, argv);
  PrepareProcess();
  Fleet fleet(options.shape, NowMs());
  const Certificates certificates(options.shape.nodes, options.authority_file);
  Server server(options.server, fleet, certificates);
  std::printf("ready\n");
  std::fflush(stdout);
  server.Run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_kubelets: %s\n", error.what());
    return 1;
  }
}
