// Requests of kubelets for a serving certificate that nobody has decided on yet.
#pragma once

#include <vector>

#include "kube/base/error.h"
#include "operator/diagnosis/finding.h"

namespace mpl::diagnosis {

// `list`: CertificateSigningRequests (certificates.k8s.io/v1), or why they could not be listed. A
// note that names the newest pending request of each node with signer
// kubernetes.io/kubelet-serving, and the command that approves them; nothing when none is pending.
// kube-controller-manager signs such requests and never approves one. (A kubelet makes a new one
// every quarter of an hour while none is answered: older ones of the same node are of no use any
// more.)
std::vector<Finding> JudgeSigningRequests(const Result<Json>& list);

}  // namespace mpl::diagnosis
