#include "bench/kubelets/kubelet.h"

#include <chrono>

#include "bench/workload/summary.h"
#include "kube/http/http_date.h"

namespace mpl::bench {

void KubeletFace::RefreshDate(std::int64_t now_ms) {
  if (now_ms / 1000 == date_seconds_) return;
  date_seconds_ = now_ms / 1000;
  date_ = http::HttpDate(TimePoint(std::chrono::seconds(date_seconds_)));
}

void KubeletFace::Answer(int node, const Query& query, std::int64_t now_ms, std::string& out) {
  RefreshDate(now_ms);
  struct Answer answer;
  answer.date = date_;
  const NodeState& state = fleet_.node(node);
  const std::int64_t told_ms = state.epoch_ms + (now_ms - state.epoch_ms) * pace_;
  if (query.authorization.empty()) ++counters_.without_token;
  if (query.method == "GET" && query.path == "/metrics/resource") {
    ++counters_.resource_requests;
    writer_.Write(state, told_ms, body_);
  } else if (query.method == "GET" && query.path == "/stats/summary") {
    ++counters_.summary_requests;
    answer.content_type = "application/json";
    body_ = WriteSummary(state, told_ms);
  } else {
    ++counters_.other_requests;
    answer.status = 404;
    body_ = "404 page not found\n";
  }
  counters_.plain_bytes += body_.size();
  answer.body = body_;
  // Summaries are not compressed by kubelets.
  if (gzip_ && query.gzip && query.path == "/metrics/resource") {
    gzipper_.Compress(body_, compressed_);
    answer.body = compressed_;
    answer.gzipped = true;
  }
  const std::size_t before = out.size();
  WriteAnswer(answer, out);
  counters_.sent_bytes += out.size() - before;
}

}  // namespace mpl::bench
