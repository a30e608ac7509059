#include "bench/kubelets/counters.h"

#include <sys/resource.h>

#include <nlohmann/json.hpp>

namespace mpl::bench {

std::string Counters::ToJson() const {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  };
  return nlohmann::json{{"accepted", accepted},
                        {"handshakes", handshakes},
                        {"resumed", resumed},
                        {"failedHandshakes", failed_handshakes},
                        {"resourceRequests", resource_requests},
                        {"summaryRequests", summary_requests},
                        {"otherRequests", other_requests},
                        {"withoutToken", without_token},
                        {"plainBytes", plain_bytes},
                        {"sentBytes", sent_bytes},
                        {"open", open},
                        {"cpuUserMs", ms(used.ru_utime)},
                        {"cpuSystemMs", ms(used.ru_stime)}}
      .dump();
}

}  // namespace mpl::bench
