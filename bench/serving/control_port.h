// Plain HTTP on 127.0.0.1 with which the runner talks to a simulator: one request a connection.
#pragma once

#include <functional>
#include <string>

#include "bench/serving/query.h"

namespace mpl::bench {

struct ControlAnswer {
  int status = 200;
  std::string body;
};

// Takes the next connection of `listener`, reads one request and answers it. Blocks for at most a
// second a step: whoever has the control port is trusted.
void ServeControl(int listener, const std::function<ControlAnswer(const Query&)>& answer);

}  // namespace mpl::bench
