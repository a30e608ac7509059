#include "operator/diagnosis/kubelets.h"

#include <algorithm>
#include <functional>
#include <map>

#include "kube/base/text.h"
#include "operator/diagnosis/trust.h"

namespace mpl::diagnosis {
namespace {

using pipeline::KubeletTlsMode;
using x509::Certificate;
using Names = std::vector<std::string>;

constexpr const char* kServerBootstrap =
    "set serverTLSBootstrap: true in the kubelet's configuration, restart it, and approve its "
    "request: kubectl get csr, kubectl certificate approve NAME";
constexpr const char* kNoMetrics = "these nodes and their pods have no metrics in this mode";

bool AwaitsCertificate(const Error& failure) {
  return failure.kind == ErrorKind::kTls &&
         failure.message.find("alert: internal error") != std::string::npos;
}

std::string Presented(const Certificate& leaf) {
  return "subject " + leaf.subject() + ", issuer " + leaf.issuer() + ", names " +
         leaf.DescribeSans();
}

// Nodes of one class, and the first one's example.
struct Class {
  Names nodes;
  std::string example;
};

std::string ModeRemedy(Trust trust) {
  switch (trust) {
    case Trust::kOtherName:
      return "renew those kubelets' certificates with the node's name or one of its addresses "
             "(serverTLSBootstrap does), and check that the address belongs to the node";
    case Trust::kExpired:
      return "renew those kubelets' certificates (rotateCertificates, or delete kubelet.crt and "
             "restart the kubelet) and check the clocks";
    case Trust::kPinned:
    case Trust::kUnknownSigner:
    case Trust::kVerified:
      break;
  }
  return std::string(kServerBootstrap) +
         "; or name the authority that signed it (spec.tls.kubelet.mode CustomCA with caBundleRef)";
}

using Judge = std::function<TrustVerdict(const KubeletProbe&)>;

// Every class but the accepted ones; how many were accepted goes into `accepted`.
std::map<Trust, Class> Classify(const std::vector<KubeletProbe>& probes, const Judge& judge,
                                std::map<Trust, std::size_t>& accepted) {
  std::map<Trust, Class> refused;
  for (const KubeletProbe& probe : probes) {
    if (probe.chain.empty()) continue;
    const TrustVerdict verdict = judge(probe);
    if (verdict.accepted()) {
      ++accepted[verdict.trust];
      continue;
    }
    Class& entry = refused[verdict.trust];
    if (entry.nodes.empty()) {
      entry.example =
          probe.node + " presents " + Presented(probe.chain.front()) + ": " + verdict.reason;
    }
    entry.nodes.push_back(probe.node);
  }
  return refused;
}

// A mode of spec.tls.kubelet, and the one that is set.
struct Mode {
  KubeletTlsMode mode, set;
};

void JudgeMode(const std::vector<KubeletProbe>& probes, Mode in, const Judge& judge,
               std::vector<Finding>& findings) {
  std::map<Trust, std::size_t> accepted;
  const auto refused = Classify(probes, judge, accepted);
  const std::string mode(pipeline::Name(in.mode));
  std::string good;
  if (accepted[Trust::kVerified] > 0) {
    good = Count(accepted[Trust::kVerified], "kubelet") + " verified";
  }
  if (accepted[Trust::kPinned] > 0) {
    good += (good.empty() ? "" : ", ") + Count(accepted[Trust::kPinned], "kubelet") +
            " pinned on first contact (they sign their own certificates)";
  }
  if (!good.empty()) findings.push_back(Fine(subject::kCertificates, "mode " + mode + ": " + good));
  for (const auto& [trust, entry] : refused) {
    const std::string what = "mode " + mode + ": " + Count(entry.nodes.size(), "kubelet") +
                             " refused (" + SomeOf(entry.nodes) + "); " + entry.example;
    findings.push_back(in.mode == in.set
                           ? Fault(subject::kCertificates, what, kNoMetrics, ModeRemedy(trust))
                           : Note(subject::kCertificates, what, kNoMetrics, ModeRemedy(trust)));
  }
}

void JudgeConnections(const std::vector<KubeletProbe>& probes, std::vector<Finding>& findings) {
  Class waiting, unreached, not_ready;
  for (const KubeletProbe& probe : probes) {
    if (!probe.failure || !probe.chain.empty()) continue;
    Class& entry = AwaitsCertificate(*probe.failure) ? waiting
                   : probe.ready                     ? unreached
                                                     : not_ready;
    if (entry.nodes.empty()) {
      entry.example = probe.node + " at " + probe.dialled + ": " + probe.failure->message;
    }
    entry.nodes.push_back(probe.node);
  }
  if (!waiting.nodes.empty()) {
    findings.push_back(
        Fault(subject::kCertificates,
              Count(waiting.nodes.size(), "kubelet") +
                  " without a serving certificate: " + SomeOf(waiting.nodes),
              "they wait for the approval of their request, and no mode can ask them",
              "kubectl get csr, then kubectl certificate approve NAME for signer "
              "kubernetes.io/kubelet-serving"));
  }
  if (!unreached.nodes.empty()) {
    findings.push_back(
        Note(subject::kCertificates,
             Count(unreached.nodes.size(), "kubelet") + " not reached from here (" +
                 SomeOf(unreached.nodes) + "); " + unreached.example,
             "what they present is unknown; collectors dial them from the pod network",
             "nothing to do when this machine has no way to the nodes; else let nodes accept TCP "
             "to the kubelet's port. In a pod of the cluster check sees what collectors see"));
  }
  if (!not_ready.nodes.empty()) {
    findings.push_back(Note(subject::kCertificates,
                            Count(not_ready.nodes.size(), "kubelet") +
                                " of nodes that are not ready did not answer (" +
                                SomeOf(not_ready.nodes) + ")",
                            "such nodes have no metrics until they are ready again",
                            "kubectl describe node " + not_ready.nodes.front()));
  }
}

Names NodesWhere(const std::vector<KubeletProbe>& probes,
                 const std::function<bool(const KubeletProbe&)>& fits) {
  Names nodes;
  for (const KubeletProbe& probe : probes) {
    if (fits(probe)) nodes.push_back(probe.node);
  }
  return nodes;
}

void JudgeAnonymous(const std::vector<KubeletProbe>& probes, std::vector<Finding>& findings) {
  const auto answered = [&](int status) {
    return NodesWhere(probes, [status](const auto& probe) { return probe.anonymous == status; });
  };
  const Names closed = answered(401), guarded = answered(403), open = answered(200);
  if (!closed.empty()) {
    findings.push_back(
        Fine(subject::kAccess, "a credential is asked for by " + Count(closed.size(), "kubelet")));
  }
  if (!guarded.empty()) {
    findings.push_back(
        Note(subject::kAccess,
             "anonymous requests are on, but not allowed anything, on " + SomeOf(guarded),
             "nothing stands in our way; one wrong ClusterRoleBinding opens them",
             "set authentication.anonymous.enabled: false in the kubelet's "
             "configuration"));
  }
  if (!open.empty()) {
    findings.push_back(Fault(subject::kAccess,
                             "anybody may read from the kubelets of " + SomeOf(open),
                             "whoever reaches the port can read metrics, and with authorization "
                             "mode AlwaysAllow run commands in every container",
                             "set authentication.anonymous.enabled: false and authorization.mode: "
                             "Webhook in the kubelet's configuration"));
  }
}

// A fault; a note where collectors show a client certificate instead of the token.
Finding TokenRefused(const pipeline::TlsSpec& tls, const std::string& what, const std::string& code,
                     const std::string& remedy) {
  if (tls.client_certificate.empty()) {
    return Fault(subject::kAccess, what, "collectors show that token: they get " + code, remedy);
  }
  return Note(subject::kAccess, what,
              "collectors show the certificate of spec.tls.kubelet.clientCertificateRef, not a "
              "token; without it they would get " +
                  code,
              "nothing to do while the certificate is taken; else " + remedy);
}

void JudgeTokens(const std::vector<KubeletProbe>& probes, const pipeline::TlsSpec& tls,
                 std::vector<Finding>& findings) {
  const auto where = [&](int status, bool may) {
    return NodesWhere(probes, [status, may](const KubeletProbe& probe) {
      return probe.with_token == status && probe.token_may_scrape == may;
    });
  };
  const Names served = where(200, true), refused = where(403, false);
  Names strangers = where(401, true);
  const Names more = where(401, false);
  strangers.insert(strangers.end(), more.begin(), more.end());
  if (!served.empty()) {
    findings.push_back(
        Fine(subject::kAccess, "the scraper's token is taken, and metrics are served, by " +
                                   Count(served.size(), "kubelet")));
  }
  if (!refused.empty()) {
    findings.push_back(
        Fine(subject::kAccess, "tokens are known, and an identity without rights is refused, by " +
                                   Count(refused.size(), "kubelet") +
                                   " (webhook authentication and authorization)"));
  }
  if (!strangers.empty()) {
    findings.push_back(TokenRefused(
        tls, "tokens of this cluster are not known to the kubelets of " + SomeOf(strangers), "401",
        "set authentication.webhook.enabled: true in the kubelet's configuration"));
  }
  if (const Names open = where(200, false); !open.empty()) {
    findings.push_back(
        Note(subject::kAccess,
             "an identity without any right may read from the kubelets of " + SomeOf(open),
             "every ServiceAccount of the cluster can do so",
             "set authorization.mode: Webhook in the kubelet's configuration"));
  }
  if (const Names denied = where(403, true); !denied.empty()) {
    findings.push_back(TokenRefused(
        tls, "the scraper's identity may not get nodes/metrics on " + SomeOf(denied), "403",
        "kubectl apply -k config/rbac (ClusterRole metricspipeline-scraper); the operator binds "
        "it"));
  }
}

// What no certificate shows of the mode that is set.
void AddSetMode(const TrustAnchors& anchors, KubeletTlsMode set, std::vector<Finding>& findings) {
  if (set == KubeletTlsMode::kInsecure) {
    findings.push_back(Note(subject::kCertificates,
                            "mode Insecure is set: no kubelet's certificate is verified",
                            "whoever answers at a node's address is believed, and gets the token",
                            "set spec.tls.kubelet.mode: Auto"));
  }
  if (set == KubeletTlsMode::kCustomCa && anchors.custom.empty()) {
    findings.push_back(Note(subject::kCertificates,
                            "mode CustomCA is set, and its authority is not known here",
                            "whether kubelets are believed cannot be judged",
                            "check --kubelet-ca FILE, or let check read the object of "
                            "spec.tls.kubelet.caBundleRef"));
  }
}

}  // namespace

std::vector<Finding> JudgeCertificates(const std::vector<KubeletProbe>& probes,
                                       const TrustAnchors& anchors, KubeletTlsMode set,
                                       TimePoint now) {
  std::vector<Finding> findings;
  JudgeConnections(probes, findings);
  const bool seen =
      std::ranges::any_of(probes, [](const KubeletProbe& probe) { return !probe.chain.empty(); });
  if (!seen) return findings;
  if (anchors.cluster.empty()) {
    findings.push_back(Note(subject::kCertificates, "the cluster's CA is not known",
                            "nothing can be verified against it",
                            "let check read ConfigMap kube-system/kube-root-ca.crt, or use a "
                            "kubeconfig with certificate-authority"));
  } else {
    JudgeMode(
        probes, {KubeletTlsMode::kAuto, set},
        [&](const KubeletProbe& probe) {
          return JudgeAuto(probe.chain, probe.names, anchors.cluster, now);
        },
        findings);
    JudgeMode(
        probes, {KubeletTlsMode::kClusterCa, set},
        [&](const KubeletProbe& probe) {
          return JudgeByAuthority(probe.chain, probe.names, anchors.cluster, now);
        },
        findings);
  }
  AddSetMode(anchors, set, findings);
  if (!anchors.custom.empty()) {
    JudgeMode(
        probes, {KubeletTlsMode::kCustomCa, set},
        [&](const KubeletProbe& probe) {
          return JudgeByAuthority(probe.chain, probe.names, anchors.custom, now);
        },
        findings);
  }
  return findings;
}

std::vector<Finding> JudgeAccess(const std::vector<KubeletProbe>& probes,
                                 const pipeline::TlsSpec& tls) {
  std::vector<Finding> findings;
  JudgeAnonymous(probes, findings);
  JudgeTokens(probes, tls, findings);
  const Names untested =
      NodesWhere(probes, [](const auto& probe) { return probe.anonymous && !probe.with_token; });
  if (!untested.empty()) {
    findings.push_back(Note(subject::kAccess,
                            "tokens were not tried on the kubelets of " + SomeOf(untested),
                            "a token is shown to a kubelet only after its certificate was "
                            "verified, and only when one could be had",
                            "nothing to do: the pipeline's status tells once collectors run"));
  }
  return findings;
}

}  // namespace mpl::diagnosis
