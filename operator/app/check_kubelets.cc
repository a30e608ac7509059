// From Node objects to dialled kubelets: whom to ask, by which authority, with which token.
#include <utility>

#include "kube/base/digest.h"
#include "kube/objects/fields.h"
#include "operator/app/check.h"
#include "operator/plan/names.h"

namespace mpl::app {
namespace {

using diagnosis::Finding;
using diagnosis::NodeFacts;
using objects::Json;
using objects::NamespacedName;
using objects::TextAt;

constexpr int kTokenSeconds = 600;  // the shortest that kube-apiserver gives

// What pods hold for the cluster's authority; else what our own kubeconfig says.
net::Task<std::vector<x509::Certificate>> ClusterAuthorities(Session session) {
  const auto map =
      co_await session.client.Get(plan::ConfigMaps(), "kube-system", "kube-root-ca.crt");
  if (map) {
    auto roots = x509::ParsePemCertificates(TextAt(*map, "/data/ca.crt"));
    if (roots) co_return *std::move(roots);
  }
  const bool has_tls = session.config.tls && session.config.tls_context;
  if (!has_tls) co_return std::vector<x509::Certificate>();
  const auto context = session.config.tls_context(net::SteadyNow());
  if (!context) co_return std::vector<x509::Certificate>();
  co_return (*context)->roots();
}

// What --kubelet-ca gave, else what spec.tls.kubelet.caBundleRef names; none when it cannot be
// read.
net::Task<std::vector<x509::Certificate>> CustomAuthorities(Session session, std::string given,
                                                            diagnosis::Scraping scraping) {
  std::string pem = std::move(given);
  if (const auto& ref = scraping.tls.ca_bundle_ref; pem.empty() && ref) {
    const bool secret = ref->kind == "Secret";
    const auto object = co_await session.client.Get(secret ? plan::Secrets() : plan::ConfigMaps(),
                                                    scraping.scraper.ns, ref->name);
    if (object) pem = objects::TextIn(objects::ListAt(*object, "/data"), ref->key);
    if (secret) pem = Base64Decode(pem).value_or("");
  }
  auto roots = x509::ParsePemCertificates(pem);
  co_return roots ? *std::move(roots) : std::vector<x509::Certificate>();
}

// A token that tells whether kubelets know tokens at all. Of the scraper's, or of an account that
// comes with every cluster. Empty when none could be had.
net::Task<KubeletQuestions> TokenOf(Session session, NamespacedName account) {
  KubeletQuestions questions;
  if (account.name.empty()) account = {"default", "default"};
  const Json request = {{"apiVersion", "authentication.k8s.io/v1"},
                        {"kind", "TokenRequest"},
                        {"spec", {{"expirationSeconds", kTokenSeconds}}}};
  const auto answer = co_await session.client.CreateSubresource(plan::ServiceAccounts(), account.ns,
                                                                account.name, "token", request);
  if (!answer) co_return questions;
  questions.token = TextAt(*answer, "/status/token");
  const diagnosis::Right scraping{"", "nodes", "metrics", "", "", {"get"}};
  Json question = scraping.Question("get");
  std::string user = "system:serviceaccount:" + account.ns + ":" + account.name;
  const auto may = co_await IsAllowed(session, std::move(question), std::move(user));
  questions.token_may_scrape = may.value_or(false);
  // Without knowing what to expect, an answer would mean nothing.
  if (!may) questions.token.clear();
  co_return questions;
}

}  // namespace

std::vector<KubeletTarget> TargetsAmong(const std::vector<NodeFacts>& nodes,
                                        const pipeline::ScrapeSpec& scrape, int most) {
  std::vector<KubeletTarget> targets;
  for (const NodeFacts& node : nodes) {
    if (std::cmp_greater_equal(targets.size(), most)) break;
    KubeletTarget target{node.name, node.AddressOf(scrape.address_types), node.kubelet_port,
                         node.Names(), node.ready};
    if (scrape.port_number) target.port = static_cast<std::uint16_t>(*scrape.port_number);
    if (!target.address.empty()) targets.push_back(std::move(target));
  }
  return targets;
}

net::Task<std::vector<Finding>> CheckKubelets(Session session, CheckOptions options,
                                              std::vector<NodeFacts> nodes,
                                              diagnosis::Scraping scraping) {
  std::vector<KubeletTarget> targets = TargetsAmong(nodes, scraping.scrape, options.max_nodes);
  if (targets.empty()) co_return std::vector<Finding>();
  diagnosis::TrustAnchors anchors;
  anchors.cluster = co_await ClusterAuthorities(session);
  anchors.custom = co_await CustomAuthorities(session, options.kubelet_ca, scraping);
  KubeletQuestions questions = co_await TokenOf(session, scraping.scraper);
  questions.roots = anchors.cluster;
  questions.roots.insert(questions.roots.end(), anchors.custom.begin(), anchors.custom.end());
  const std::size_t dialled = targets.size();
  const auto probes = co_await ProbeKubelets(std::move(targets), std::move(questions));
  std::vector<Finding> findings =
      diagnosis::JudgeCertificates(probes, anchors, scraping.tls.kubelet_mode, net::SystemNow());
  const std::vector<Finding> access = diagnosis::JudgeAccess(probes, scraping.tls);
  findings.insert(findings.end(), access.begin(), access.end());
  if (std::cmp_greater_equal(dialled, options.max_nodes) && nodes.size() > dialled) {
    findings.push_back(diagnosis::Note(diagnosis::subject::kCertificates,
                                       "only the first " + std::to_string(dialled) + " of " +
                                           std::to_string(nodes.size()) + " kubelets were asked",
                                       "others may differ",
                                       "check --max-nodes=" + std::to_string(nodes.size())));
  }
  co_return findings;
}

}  // namespace mpl::app
