#include "operator/diagnosis/signing_requests.h"

#include <algorithm>
#include <map>
#include <string>

#include "kube/base/text.h"
#include "kube/objects/fields.h"

namespace mpl::diagnosis {
namespace {

using objects::ListAt;
using objects::TextAt;

constexpr std::string_view kSigner = "kubernetes.io/kubelet-serving";
constexpr std::string_view kNodePrefix = "system:node:";  // of a kubelet's user name
constexpr std::size_t kNamesShown = 20;

struct Request {
  std::string name, created;
};

bool IsPending(const Json& request) {
  return ListAt(request, "/status/conditions").empty() &&
         TextAt(request, "/status/certificate").empty();
}

// By node, the newest. RFC 3339 in UTC sorts as text.
std::map<std::string, Request> Pending(const Json& list) {
  std::map<std::string, Request> newest;
  const Json items = ListAt(list, "/items");
  for (const Json& item : items) {
    const std::string user = TextAt(item, "/spec/username");
    const bool ours = TextAt(item, "/spec/signerName") == kSigner && user.starts_with(kNodePrefix);
    if (!ours || !IsPending(item)) continue;
    Request request{TextAt(item, "/metadata/name"), TextAt(item, "/metadata/creationTimestamp")};
    Request& held = newest[user.substr(kNodePrefix.size())];
    if (held.name.empty() || held.created < request.created) held = std::move(request);
  }
  return newest;
}

}  // namespace

std::vector<Finding> JudgeSigningRequests(const Result<Json>& list) {
  if (!list) {
    return {Note(subject::kCertificates,
                 "certificate signing requests cannot be listed: " + list.error().message,
                 "whether kubelets wait for the approval of one is unknown",
                 "run check as somebody who may list certificatesigningrequests")};
  }
  const std::map<std::string, Request> pending = Pending(*list);
  if (pending.empty()) return {};
  std::vector<std::string> shown, command;
  for (const auto& [node, request] : pending) {
    if (shown.size() == kNamesShown) break;
    shown.push_back(request.name + " (" + node + ")");
    command.push_back(request.name);
  }
  std::string what = Count(pending.size(), "kubelet") +
                     " waiting for the approval of a serving certificate: " + Join(shown, ", ");
  if (pending.size() > kNamesShown) {
    what += " and " + std::to_string(pending.size() - kNamesShown) + " more";
  }
  return {Note(
      subject::kCertificates, std::move(what),
      "until then they present no certificate, or an old one",
      "for each that its node really made: kubectl certificate approve " + Join(command, " "))};
}

}  // namespace mpl::diagnosis
