// Asks kube-apiserver one kind of question and remembers the answers for a short time.
//
// Not thread-safe: lives on one runtime. The same question asked twice at once goes out once.
// Failures are not remembered. Rules: k8s.io/apiserver's webhook authenticator and authorizer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "kube/auth/decision_cache.h"
#include "kube/auth/reviews.h"
#include "kube/auth/user_info.h"
#include "kube/base/error.h"
#include "kube/client/kube_client.h"
#include "kube/net/runtime.h"
#include "kube/telemetry/metrics.h"

namespace mpl::apiserver {

using net::Task;

// How often the answer was remembered, or already being fetched, and how often it had to be asked
// for. Null: not counted.
struct ReviewMetrics {
  metrics::Counter* hit = nullptr;
  metrics::Counter* joined = nullptr;
  metrics::Counter* miss = nullptr;
};

struct ReviewOptions {
  std::string path;  // of the POST
  Duration lifetime = std::chrono::seconds(10);
  std::size_t capacity = 8192;
  Duration timeout = std::chrono::seconds(10);  // all attempts together
  int attempts = 5;
  Duration first_pause = std::chrono::milliseconds(500);  // then 1.5 times longer each, ±20 %
  ReviewMetrics counters;
};

// True for what may be different a moment later: no connection, a lost one, 429, 5xx.
bool IsWorthRetrying(ErrorKind kind);

// `Value` is what one answer says: auth::AccessDecision, or std::optional<auth::UserInfo>.
template <class Value>
class ReviewDesk {
 public:
  using Reader = Result<Value> (*)(const auth::Json& answer);

  ReviewDesk(const net::Executor& executor, client::KubeClient& client, ReviewOptions options,
             Reader reader);

  enum class Remember { kYes, kNo };
  // `key` stands for `review` (auth::CacheKey). The error tells why kube-apiserver gave no answer.
  Task<Result<Value>> Ask(std::string key, auth::Json review, Remember remember);
  // Ends what is on its way; those who wait get kCancelled.
  Task<void> Stop();

 private:
  struct Flight {
    explicit Flight(net::Executor executor) : done(std::move(executor)) {}
    net::Signal done;
    std::optional<Result<Value>> answer;
  };

  using Flights = std::map<std::string, std::shared_ptr<Flight>>;
  // However a flight ends, those who wait for it hear of it.
  struct Landing {
    std::shared_ptr<Flights> flights;
    std::string key;
    std::shared_ptr<Flight> flight;
    ~Landing();
  };

  Task<void> Fly(std::string key, auth::Json review, Remember remember,
                 std::shared_ptr<Flight> flight);
  Task<Result<Value>> AskWithRetries(std::string body);
  Task<Result<Value>> AskOnce(std::string body, Duration timeout);
  Duration Jittered(Duration pause);

  net::Executor executor_;
  client::KubeClient& client_;
  ReviewOptions options_;
  Reader reader_;
  auth::DecisionCache<Value> cache_;
  std::shared_ptr<Flights> flights_ = std::make_shared<Flights>();
  std::minstd_rand random_;
  net::TaskGroup tasks_;
};

extern template class ReviewDesk<auth::AccessDecision>;
extern template class ReviewDesk<std::optional<auth::UserInfo>>;

}  // namespace mpl::apiserver
