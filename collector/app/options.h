// What stands on the command line, checked as a whole.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "kube/base/time.h"
#include "kube/objects/meta.h"

namespace mpl::app {

enum class Command { kStart, kValidate, kVersion, kHelp };

struct Options {
  Command command = Command::kStart;
  std::string help;  // for kHelp: what to print

  // start
  std::string kubeconfig;   // empty: in-cluster, else $KUBECONFIG
  std::string config_file;  // at most one of these two
  objects::NamespacedName config_map;
  std::string bind_address = "0.0.0.0";  // IP literal; unspecified: all, of both families
  std::uint16_t secure_port = 10250;     // 0: any
  std::string tls_cert_file;             // both or none; none: self-signed, in memory
  std::string tls_key_file;
  std::string kubelet_client_cert_file;  // both or none; none: kubelets are shown a token
  std::string kubelet_client_key_file;
  std::string replica;  // default: the host's name
  Duration shutdown_delay = std::chrono::seconds(10);

  // validate
  std::string file;
};

// All faults at once, each naming the flag and what it takes.
std::expected<Options, std::vector<std::string>> ParseOptions(
    const std::vector<std::string>& arguments);

}  // namespace mpl::app
