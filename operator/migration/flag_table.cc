#include "operator/migration/flag_table.h"

#include <algorithm>
#include <array>

namespace mpl::migration {
namespace {

constexpr Treatment kTranslated = Treatment::kTranslated;
constexpr Treatment kNeedless = Treatment::kNeedless;
constexpr Treatment kLost = Treatment::kLost;

constexpr std::string_view kInCluster =
    "operator and collectors use their ServiceAccounts' credentials";
constexpr std::string_view kAudit =
    "the collector writes no audit log; every request that comes through kube-apiserver stands in "
    "its audit log";
constexpr std::string_view kLimits = "the collector has fixed limits, and readers never wait";
constexpr std::string_view kHttp1 = "the collector serves HTTP/1.1 only";
constexpr std::string_view kTls = "TLS 1.2 and 1.3 with AEAD suites, always";
constexpr std::string_view kServing =
    "the operator issues and rotates the serving certificate, and registers its CA; for one of "
    "your own: spec.tls.serving.mode Secret or CertManager";
constexpr std::string_view kFrontProxy =
    "read from ConfigMap kube-system/extension-apiserver-authentication, and followed when it "
    "changes";
constexpr std::string_view kFrontProxyLost =
    "the collector always follows ConfigMap kube-system/extension-apiserver-authentication: what "
    "is given by flag should stand there (flags of kube-apiserver)";
constexpr std::string_view kVersions = "there is nothing to emulate: v1 and v1beta1 are the same";
constexpr std::string_view kProfiling = "the collector serves no profiles";
constexpr std::string_view kShutdown =
    "on SIGTERM the collector is not ready first, then drains; a rollout starts the new pod before";
constexpr std::string_view kLogs = "one JSON or text line an event, unbuffered";
constexpr std::string_view kCache = "decisions are cached for 10 s";

constexpr std::array kRows = {
    // metrics server
    FlagRow{"kubeconfig", false, kLost, kInCluster},
    FlagRow{"metric-resolution", false, kTranslated, ""},
    FlagRow{"version", true, kNeedless, "metricspipeline-collector version"},
    // generic
    FlagRow{"advertise-address", false, kNeedless, "the Service's address is what counts"},
    FlagRow{"cors-allowed-origins", false, kLost,
            "browsers reach the API through kube-apiserver, which has the same flag"},
    FlagRow{"emulated-version", false, kNeedless, kVersions},
    FlagRow{"emulation-forward-compatible", true, kNeedless, kVersions},
    FlagRow{"external-hostname", false, kNeedless, "no URL is generated"},
    FlagRow{"feature-gates", false, kNeedless, "the collector has no gates"},
    FlagRow{"goaway-chance", false, kNeedless, kHttp1},
    FlagRow{"livez-grace-period", false, kNeedless, "/livez does not wait for anything"},
    FlagRow{"max-mutating-requests-inflight", false, kNeedless, "the API is read-only"},
    FlagRow{"max-requests-inflight", false, kNeedless, kLimits},
    FlagRow{"min-compatibility-version", false, kNeedless, kVersions},
    FlagRow{"min-request-timeout", false, kNeedless, "there are no watches"},
    FlagRow{"request-timeout", false, kNeedless, kLimits},
    FlagRow{"runtime-config-emulation-forward-compatible", true, kNeedless, kVersions},
    FlagRow{"shutdown-delay-duration", false, kNeedless, kShutdown},
    FlagRow{"shutdown-send-retry-after", true, kNeedless, kShutdown},
    FlagRow{"shutdown-watch-termination-grace-period", false, kNeedless, "there are no watches"},
    FlagRow{"storage-initialization-timeout", false, kNeedless, "there is no storage to wait for"},
    FlagRow{"strict-transport-security-directives", false, kLost,
            "no HSTS header is sent; browsers reach the API through kube-apiserver, which has the "
            "same flag"},
    // kubelet client
    FlagRow{"deprecated-kubelet-completely-insecure", true, kTranslated, ""},
    FlagRow{"kubelet-certificate-authority", false, kTranslated, ""},
    FlagRow{"kubelet-client-certificate", false, kTranslated, ""},
    FlagRow{"kubelet-client-key", false, kTranslated, ""},
    FlagRow{"kubelet-insecure-tls", true, kTranslated, ""},
    FlagRow{"kubelet-port", false, kTranslated, ""},
    FlagRow{"kubelet-preferred-address-types", false, kTranslated, ""},
    FlagRow{"kubelet-request-timeout", false, kTranslated, ""},
    FlagRow{"kubelet-use-node-status-port", true, kTranslated, ""},
    FlagRow{"node-selector", false, kTranslated, ""},
    // serving
    FlagRow{"bind-address", false, kNeedless, "the collector listens on all addresses of its pod"},
    FlagRow{"cert-dir", false, kNeedless, "certificates come from a Secret, nothing is written"},
    FlagRow{"disable-http2-serving", true, kNeedless, kHttp1},
    FlagRow{"http2-max-streams-per-connection", false, kNeedless, kHttp1},
    FlagRow{"permit-address-sharing", true, kNeedless, "one process has the port"},
    FlagRow{"permit-port-sharing", true, kNeedless, "one process has the port"},
    FlagRow{"secure-port", false, kTranslated, ""},
    FlagRow{"tls-cert-file", false, kNeedless, kServing},
    FlagRow{"tls-cipher-suites", false, kNeedless, kTls},
    FlagRow{"tls-curve-preferences", false, kNeedless, kTls},
    FlagRow{"tls-min-version", false, kTranslated, ""},
    FlagRow{"tls-private-key-file", false, kNeedless, kServing},
    FlagRow{"tls-sni-cert-key", false, kNeedless, kServing},
    // authentication
    FlagRow{"authentication-kubeconfig", false, kLost, kInCluster},
    FlagRow{"authentication-skip-lookup", true, kNeedless, kFrontProxy},
    FlagRow{"authentication-token-webhook-cache-ttl", false, kNeedless, kCache},
    FlagRow{"authentication-tolerate-lookup-failure", true, kNeedless,
            "without the ConfigMap nobody is believed, and readers are told so"},
    FlagRow{"client-ca-file", false, kLost, kFrontProxyLost},
    FlagRow{"requestheader-allowed-names", false, kLost, kFrontProxyLost},
    FlagRow{"requestheader-client-ca-file", false, kLost, kFrontProxyLost},
    FlagRow{"requestheader-extra-headers-prefix", false, kLost, kFrontProxyLost},
    FlagRow{"requestheader-group-headers", false, kLost, kFrontProxyLost},
    FlagRow{"requestheader-uid-headers", false, kLost, kFrontProxyLost},
    FlagRow{"requestheader-username-headers", false, kLost, kFrontProxyLost},
    // authorization
    FlagRow{"authorization-always-allow-paths", false, kTranslated, ""},
    FlagRow{"authorization-kubeconfig", false, kLost, kInCluster},
    FlagRow{"authorization-webhook-cache-authorized-ttl", false, kNeedless, kCache},
    FlagRow{"authorization-webhook-cache-unauthorized-ttl", false, kNeedless, kCache},
    // audit
    FlagRow{"audit-log-batch-buffer-size", false, kLost, kAudit},
    FlagRow{"audit-log-batch-max-size", false, kLost, kAudit},
    FlagRow{"audit-log-batch-max-wait", false, kLost, kAudit},
    FlagRow{"audit-log-batch-throttle-burst", false, kLost, kAudit},
    FlagRow{"audit-log-batch-throttle-enable", true, kLost, kAudit},
    FlagRow{"audit-log-batch-throttle-qps", false, kLost, kAudit},
    FlagRow{"audit-log-compress", true, kLost, kAudit},
    FlagRow{"audit-log-format", false, kLost, kAudit},
    FlagRow{"audit-log-maxage", false, kLost, kAudit},
    FlagRow{"audit-log-maxbackup", false, kLost, kAudit},
    FlagRow{"audit-log-maxsize", false, kLost, kAudit},
    FlagRow{"audit-log-mode", false, kLost, kAudit},
    FlagRow{"audit-log-path", false, kLost, kAudit},
    FlagRow{"audit-log-truncate-enabled", true, kLost, kAudit},
    FlagRow{"audit-log-truncate-max-batch-size", false, kLost, kAudit},
    FlagRow{"audit-log-truncate-max-event-size", false, kLost, kAudit},
    FlagRow{"audit-log-version", false, kLost, kAudit},
    FlagRow{"audit-policy-file", false, kLost, kAudit},
    FlagRow{"audit-webhook-batch-buffer-size", false, kLost, kAudit},
    FlagRow{"audit-webhook-batch-max-size", false, kLost, kAudit},
    FlagRow{"audit-webhook-batch-max-wait", false, kLost, kAudit},
    FlagRow{"audit-webhook-batch-throttle-burst", false, kLost, kAudit},
    FlagRow{"audit-webhook-batch-throttle-enable", true, kLost, kAudit},
    FlagRow{"audit-webhook-batch-throttle-qps", false, kLost, kAudit},
    FlagRow{"audit-webhook-config-file", false, kLost, kAudit},
    FlagRow{"audit-webhook-initial-backoff", false, kLost, kAudit},
    FlagRow{"audit-webhook-mode", false, kLost, kAudit},
    FlagRow{"audit-webhook-truncate-enabled", true, kLost, kAudit},
    FlagRow{"audit-webhook-truncate-max-batch-size", false, kLost, kAudit},
    FlagRow{"audit-webhook-truncate-max-event-size", false, kLost, kAudit},
    FlagRow{"audit-webhook-version", false, kLost, kAudit},
    // features
    FlagRow{"contention-profiling", true, kNeedless, kProfiling},
    FlagRow{"debug-socket-path", false, kNeedless, kProfiling},
    FlagRow{"enable-priority-and-fairness", true, kNeedless, kLimits},
    FlagRow{"profiling", true, kNeedless, kProfiling},
    // logging
    FlagRow{"log-flush-frequency", false, kNeedless, kLogs},
    FlagRow{"log-json-info-buffer-size", false, kNeedless, kLogs},
    FlagRow{"log-json-split-stream", true, kNeedless, kLogs},
    FlagRow{"log-text-info-buffer-size", false, kNeedless, kLogs},
    FlagRow{"log-text-split-stream", true, kNeedless, kLogs},
    FlagRow{"logging-format", false, kTranslated, ""},
    FlagRow{"v", false, kTranslated, ""},
    FlagRow{"vmodule", false, kNeedless,
            "there is one level for all: spec.collector.logging.level"},
};

constexpr std::array<std::string_view, 16> kLists = {
    "authorization-always-allow-paths",
    "cors-allowed-origins",
    "emulated-version",
    "feature-gates",
    "kubelet-preferred-address-types",
    "min-compatibility-version",
    "requestheader-allowed-names",
    "requestheader-extra-headers-prefix",
    "requestheader-group-headers",
    "requestheader-uid-headers",
    "requestheader-username-headers",
    "strict-transport-security-directives",
    "tls-cipher-suites",
    "tls-curve-preferences",
    "tls-sni-cert-key",
    "vmodule",
};

}  // namespace

const FlagRow* FindFlag(std::string_view name) {
  const auto found = std::ranges::find(kRows, name, &FlagRow::name);
  return found == kRows.end() ? nullptr : &*found;
}

bool Collects(std::string_view name) { return std::ranges::find(kLists, name) != kLists.end(); }

}  // namespace mpl::migration
