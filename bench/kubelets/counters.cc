#include "bench/kubelets/counters.h"

#include <nlohmann/json.hpp>

#include "bench/serving/sockets.h"

namespace mpl::bench {

std::string Counters::ToJson() const {
  const OwnCpu used = UsedCpu();
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
                        {"cpuUserMs", used.user_ms},
                        {"cpuSystemMs", used.system_ms}}
      .dump();
}

}  // namespace mpl::bench
