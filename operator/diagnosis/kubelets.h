// What the kubelets of a cluster showed when they were dialled, class by class.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kube/base/error.h"
#include "kube/x509/certificate.h"
#include "operator/diagnosis/finding.h"
#include "operator/pipeline/pipeline.h"

namespace mpl::diagnosis {

// One kubelet. Nothing is sent to it that is secret, unless its certificate was verified.
struct KubeletProbe {
  std::string node;
  std::string dialled;                   // address; empty: it has none of a wanted type
  std::vector<std::string> names;        // all that it is called
  bool ready = true;                     // condition Ready of the Node
  std::optional<Error> failure;          // of the connection
  std::vector<x509::Certificate> chain;  // as presented, leaf first
  // HTTP status of GET /metrics/resource without a credential, and with the token of an identity
  // that may nothing or only what the scraper may (sent to verified kubelets only).
  std::optional<int> anonymous;
  std::optional<int> with_token;
  bool token_may_scrape = false;  // 200 is expected, else 403
};

struct TrustAnchors {
  std::vector<x509::Certificate> cluster;
  std::vector<x509::Certificate> custom;  // empty: none is known
};

// The serving certificates against each mode of spec.tls.kubelet: one finding a mode and class.
// What the mode that is set refuses is a fault; what others would refuse is told as a choice.
std::vector<Finding> JudgeCertificates(const std::vector<KubeletProbe>& probes,
                                       const TrustAnchors& anchors, pipeline::KubeletTlsMode set,
                                       TimePoint now);
// Who may ask: anonymous, tokens, RBAC. `tls`: with a client certificate nobody shows a token.
std::vector<Finding> JudgeAccess(const std::vector<KubeletProbe>& probes,
                                 const pipeline::TlsSpec& tls);

}  // namespace mpl::diagnosis
