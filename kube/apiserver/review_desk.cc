#include "kube/apiserver/review_desk.h"

#include <nlohmann/json.hpp>

namespace mpl::apiserver {
namespace {

void Count(metrics::Counter* counter) {
  if (counter != nullptr) counter->Increment();
}

}  // namespace

bool IsWorthRetrying(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnreachable:
    case ErrorKind::kClosed:
    case ErrorKind::kTimeout:
    case ErrorKind::kTooManyRequests:
    case ErrorKind::kInternal:
    case ErrorKind::kUnavailable:
      return true;
    default:
      return false;
  }
}

template <class Value>
ReviewDesk<Value>::ReviewDesk(const net::Executor& executor, client::KubeClient& client,
                              ReviewOptions options, Reader reader)
    : executor_(executor),
      client_(client),
      options_(std::move(options)),
      reader_(reader),
      cache_(options_.capacity),
      random_(std::random_device()()),
      tasks_(executor) {}

template <class Value>
Task<Result<Value>> ReviewDesk<Value>::Ask(std::string key, auth::Json review, Remember remember) {
  if (auto known = cache_.Find(key, net::SteadyNow())) {
    Count(options_.counters.hit);
    co_return std::move(*known);
  }
  if (tasks_.stopping()) co_return Fail(ErrorKind::kCancelled, "we are stopping");
  std::shared_ptr<Flight> flight;
  if (const auto found = flights_->find(key); found != flights_->end()) {
    flight = found->second;
    Count(options_.counters.joined);
  } else {
    flight = std::make_shared<Flight>(executor_);
    flights_->emplace(key, flight);
    Count(options_.counters.miss);
    // A task of its own: whoever asked first may go away while others still wait.
    tasks_.Spawn("review", Fly(key, std::move(review), remember, flight));
  }
  const MonoTime deadline = net::SteadyNow() + options_.timeout + std::chrono::seconds(1);
  while (!flight->answer) {
    const bool woken = co_await flight->done.Wait(deadline);
    if (!woken && !flight->answer) co_return Fail(ErrorKind::kCancelled, "the review was given up");
  }
  co_return *flight->answer;
}

template <class Value>
Task<void> ReviewDesk<Value>::Fly(std::string key, auth::Json review, Remember remember,
                                  std::shared_ptr<Flight> flight) {
  const Landing landing{flights_, key, flight};
  // The tree goes: its text alone has to wait for the answer.
  std::string body =
      std::exchange(review, nullptr).dump(-1, ' ', false, auth::Json::error_handler_t::replace);
  Result<Value> answer = co_await AskWithRetries(std::move(body));
  if (answer && remember == Remember::kYes) {
    cache_.Put(key, *answer, options_.lifetime, net::SteadyNow());
  }
  flight->answer = std::move(answer);
}

template <class Value>
ReviewDesk<Value>::Landing::~Landing() {
  flights->erase(key);
  if (!flight->answer) flight->answer = Fail(ErrorKind::kCancelled, "the review was given up");
  flight->done.Notify();
}

template <class Value>
Task<Result<Value>> ReviewDesk<Value>::AskWithRetries(std::string body) {
  const MonoTime deadline = net::SteadyNow() + options_.timeout;
  Duration pause = options_.first_pause;
  for (int attempt = 1;; ++attempt) {
    const Duration left = deadline - net::SteadyNow();
    Result<Value> answer = co_await AskOnce(body, left);
    if (answer || attempt == options_.attempts) co_return answer;
    if (!IsWorthRetrying(answer.error().kind)) co_return answer;
    const Duration wait = Jittered(pause);
    if (net::SteadyNow() + wait >= deadline) co_return answer;
    const bool waited = co_await net::SleepFor(wait);
    if (!waited) co_return Fail(ErrorKind::kCancelled, "the review was given up");
    pause = pause * 3 / 2;
  }
}

template <class Value>
Task<Result<Value>> ReviewDesk<Value>::AskOnce(std::string body, Duration timeout) {
  http::Request request;
  request.method = "POST";
  request.target = options_.path;
  request.headers.Add("Content-Type", "application/json");
  request.headers.Add("Accept", "application/json");
  request.body = std::move(body);
  net::CallLimits limits;
  limits.timeout = timeout;
  limits.body_limit_bytes = 4U << 20U;
  const Result<http::Response> response = co_await client_.Send(std::move(request), limits);
  if (!response) co_return std::unexpected(response.error());
  if (auto good = client::KubeClient::CheckStatus(*response); !good) {
    // Not the client's token nor its rights: ours.
    co_return Within("kube-apiserver refuses our own POST " + options_.path, good.error());
  }
  const auto json = auth::Json::parse(response->body, nullptr, false);
  if (json.is_discarded()) {
    co_return Fail(ErrorKind::kMalformed, options_.path + ": the answer is no JSON");
  }
  auto value = reader_(json);
  if (!value) co_return Within(options_.path, value.error());
  co_return std::move(*value);
}

template <class Value>
Duration ReviewDesk<Value>::Jittered(Duration pause) {
  std::uniform_real_distribution<double> factor(0.8, 1.2);
  return std::chrono::duration_cast<Duration>(pause * factor(random_));
}

template <class Value>
Task<void> ReviewDesk<Value>::Stop() {
  co_await tasks_.Stop(std::chrono::seconds(1));
}

template class ReviewDesk<auth::AccessDecision>;
template class ReviewDesk<std::optional<auth::UserInfo>>;

}  // namespace mpl::apiserver
