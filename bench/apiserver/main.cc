// Simulates the API server of a synthetic cluster on 127.0.0.1: see --help.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "bench/apiserver/server.h"
#include "bench/serving/sockets.h"

namespace {

using namespace mpl::bench;

struct Options {
  ClusterShape shape;
  std::uint16_t kubelet_port = 20250;
  ApiServerOptions server;
  std::string client_ca_file, request_header_ca_file;
};

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("--nodes", options.shape.nodes, "Nodes, as those of bench_kubelets")
      ->check(CLI::Range(1, kMaxNodes));
  app.add_option("--pods", options.shape.pods, "Pods of each node")->check(CLI::Range(0, kMaxPods));
  app.add_option("--containers", options.shape.containers, "Containers of each pod")
      ->check(CLI::Range(1, kMaxContainers));
  app.add_option("--kubelet-port", options.kubelet_port, "Where the kubelets are said to listen");
  app.add_option("--port", options.server.port, "HTTPS port of 127.0.0.1");
  app.add_option("--control-port", options.server.control_port, "Port of 127.0.0.1 for control");
  app.add_option("--certificate", options.server.certificate_file, "Our own, PEM")->required();
  app.add_option("--key", options.server.key_file, "Its key, PEM")->required();
  app.add_option("--client-ca", options.client_ca_file, "Published for client certificates, PEM")
      ->required();
  app.add_option("--requestheader-client-ca", options.request_header_ca_file,
                 "Published for the front proxy, PEM")
      ->required();
  app.add_option("--token", options.server.users.token, "The bearer token that may do everything")
      ->required();
  app.add_option("--reader", options.server.users.reader,
                 "A user who may do everything, when somebody asks");
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file || text.str().empty()) throw std::runtime_error("cannot read " + path);
  return text.str();
}

int Serve(int argc, char** argv) {
  CLI::App app("The API server of a synthetic cluster: what informers and delegated auth ask",
               "bench_apiserver");
  Options options;
  AddOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  PrepareProcess();
  const AuthSettings settings{ReadAll(options.client_ca_file),
                              ReadAll(options.request_header_ca_file)};
  Registry registry(options.shape, options.kubelet_port, settings);
  ApiServer server(options.server, registry);
  std::printf("ready\n");
  std::fflush(stdout);
  server.Run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return Serve(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_apiserver: %s\n", error.what());
    return 1;
  }
}
