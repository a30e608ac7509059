#include "test/support/kubelet/fake_kubelet.h"

#include <libdeflate.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace mpl::test {
namespace {

constexpr std::size_t kPieceBytes = 7;

std::string Gzip(const std::string& text) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(1);
  std::string out(libdeflate_gzip_compress_bound(compressor, text.size()), '\0');
  out.resize(
      libdeflate_gzip_compress(compressor, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

std::shared_ptr<const net::TlsServerContext> MakeTls(const x509::KeyPair& pair) {
  const net::KeyPairPem pem{pair.certificate_pem, pair.private_key_pem};
  auto context = net::TlsServerContext::Create(pem);
  if (!context) throw std::runtime_error(context.error().message);
  return *context;
}

}  // namespace

FakeKubelet::FakeKubelet(net::Executor executor, const x509::KeyPair& certificate,
                         std::uint16_t port, const std::string& address)
    : tls_(MakeTls(certificate)) {
  net::HttpServerOptions options;
  options.address = address;
  options.port = port;
  options.tls = [this] { return tls_; };
  server_ = std::make_unique<net::HttpServer>(
      executor, std::move(options),
      [this](http::Request request) { return Answer(std::move(request)); });
  if (auto started = server_->Start(); !started) throw std::runtime_error(started.error().message);
}

FakeKubelet::~FakeKubelet() = default;

void FakeKubelet::Present(const x509::KeyPair& certificate) { tls_ = MakeTls(certificate); }
std::uint16_t FakeKubelet::port() const { return server_->port(); }
net::Task<void> FakeKubelet::Stop() { return server_->Stop(Duration::zero()); }

std::vector<std::string> FakeKubelet::PathsAsked() const {
  std::vector<std::string> paths;
  for (const http::Request& request : requests) paths.push_back(request.target);
  return paths;
}

net::Task<http::Response> FakeKubelet::Answer(http::Request request) {
  KubeletAnswer answer = request.target.starts_with("/stats/summary") ? summary : metrics;
  if (answer.write) answer.body = answer.write();
  requests.push_back(std::move(request));
  if (answer.delay > Duration::zero()) co_await net::SleepFor(answer.delay);
  http::Response response;
  response.status = answer.status;
  response.headers.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  response.body = answer.gzip ? Gzip(answer.body) : answer.body;
  if (answer.gzip) response.headers.Set("Content-Encoding", "gzip");
  if (answer.chunked) {
    response.next_chunk = [body = response.body, at = std::size_t{0}](std::string& piece) mutable {
      if (at >= body.size()) return false;
      piece = body.substr(at, kPieceBytes);
      at += kPieceBytes;
      return true;
    };
  }
  co_return response;
}

std::string SteadyKubelet::ResourceMetrics() const {
  const TimePoint now = net::SystemNow();
  const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
  const std::string time =
      " " +
      std::to_string(
          std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()) +
      "\n";
  // Since the day on which the containers started: small enough for a double's digits.
  const auto used = [&](double cores, std::int64_t start) {
    return std::to_string(cores * (seconds - static_cast<double>(start)));
  };
  const std::string memory = std::to_string(memory_bytes);
  std::string text = "node_cpu_usage_seconds_total " + used(node_cores, 1763724000) + time +
                     "node_memory_working_set_bytes " + memory + time;
  for (const SteadyContainer& one : containers) {
    const std::string labels =
        "{container=\"" + one.name + "\",namespace=\"" + one.ns + "\",pod=\"" + one.pod + "\"} ";
    text +=
        "container_cpu_usage_seconds_total" + labels + used(one.cores, one.start_seconds) + time;
    text += "container_memory_working_set_bytes" + labels + memory + time;
    text += "container_start_time_seconds" + labels + std::to_string(one.start_seconds) + "\n";
  }
  return text + "resource_scrape_error 0\n";
}

std::string SteadyKubelet::Summary() const {
  using Json = nlohmann::json;
  const std::string now = FormatRfc3339(net::SystemNow());
  const auto usage = [&](double cores) {
    return Json{{"cpu", {{"time", now}, {"usageNanoCores", std::int64_t(cores * 1e9)}}},
                {"memory", {{"time", now}, {"workingSetBytes", memory_bytes}}}};
  };
  Json pods = Json::array();
  for (const SteadyContainer& one : containers) {
    Json container = usage(one.cores);
    container["name"] = one.name;
    pods.push_back({{"podRef", {{"name", one.pod}, {"namespace", one.ns}}},
                    {"containers", Json::array({container})}});
  }
  return Json{{"node", usage(node_cores)}, {"pods", pods}}.dump();
}

std::string ResourceMetrics(const MetricsText& values) {
  const std::string time = " " + std::to_string(values.time_milliseconds) + "\n";
  const std::string labels = R"({container="app",namespace="default",pod="web"} )";
  std::string swap;
  if (!values.container_swap_bytes.empty()) {
    swap += "container_swap_usage_bytes" + labels + values.container_swap_bytes + time;
  }
  if (!values.node_swap_bytes.empty()) {
    swap += "node_swap_usage_bytes " + values.node_swap_bytes + time;
  }
  return "# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node\n"
         "# TYPE node_cpu_usage_seconds_total counter\n"
         "node_cpu_usage_seconds_total " +
         std::to_string(values.node_cpu_seconds) + time + "node_memory_working_set_bytes " +
         std::to_string(values.memory_bytes) + time + "container_cpu_usage_seconds_total" + labels +
         std::to_string(values.container_cpu_seconds) + time +
         "container_memory_working_set_bytes" + labels + std::to_string(values.memory_bytes) +
         time + "container_start_time_seconds" + labels +
         std::to_string(values.container_start_seconds) + "\n" + swap + "resource_scrape_error 0\n";
}

x509::KeyPair SelfSignedKubelet(const std::string& node) {
  x509::CertificateRequest request;
  request.common_name = node + "@1763724000";
  request.dns_names = {node};
  request.not_before = net::SystemNow() - std::chrono::hours(1);
  request.not_after = net::SystemNow() + std::chrono::hours(8760);
  return *x509::IssueSelfSigned(request);
}

}  // namespace mpl::test
