#include "bench/apiserver/counters.h"

#include <nlohmann/json.hpp>

#include "bench/serving/sockets.h"

namespace mpl::bench {

std::string ApiCounters::ToJson() const {
  const OwnCpu used = UsedCpu();
  return nlohmann::json{{"accepted", accepted},
                        {"requests", requests},
                        {"unauthorized", unauthorized},
                        {"refused", refused},
                        {"lists", lists},
                        {"watches", watches},
                        {"reviews", reviews},
                        {"sentBytes", sent_bytes},
                        {"open", open},
                        {"cpuUserMs", used.user_ms},
                        {"cpuSystemMs", used.system_ms}}
      .dump();
}

}  // namespace mpl::bench
