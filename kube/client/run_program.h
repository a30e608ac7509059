// Runs another program and takes what it prints, without holding the runtime up.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kube/base/error.h"
#include "kube/base/time.h"
#include "kube/net/runtime.h"

namespace mpl::client {

struct Program {
  std::string command;  // looked up in $PATH when it has no slash
  std::vector<std::string> arguments = {};
  // In addition to our own environment.
  std::vector<std::pair<std::string, std::string>> environment = {};
  Duration limit = std::chrono::seconds(30);
};

// Its standard output; standard input is empty, standard error is ours. kUnreachable when it cannot
// be started or fails, kTimeout when it was killed at the limit, kCancelled with the task that
// waits, kRequestTooLarge above 1 MiB. What it started itself is killed with it.
net::Task<Result<std::string>> RunProgram(Program program);

}  // namespace mpl::client
