// `check`: is this cluster ready for the operator, before and after its installation? Asks the API
// server and the kubelets; operator/diagnosis judges what they say.
//
// Writes nothing but reviews (SubjectAccessReview) and a TokenRequest, which leave no object.
#pragma once

#include <string>
#include <vector>

#include "operator/app/one_shot.h"
#include "operator/diagnosis/cluster.h"
#include "operator/diagnosis/finding.h"
#include "operator/diagnosis/kubelets.h"
#include "operator/diagnosis/rights.h"
#include "operator/diagnosis/scraping.h"

namespace mpl::app {

struct CheckOptions {
  std::string ns;          // of the operator
  bool before = false;     // --pre: nothing of ours is expected to exist
  std::string kubelet_ca;  // PEM, judged as mode CustomCA; may be empty
  int max_nodes = 500;     // so many kubelets are dialled; 0: none
};

// Errors: the API server cannot be reached or does not know us.
net::Task<Result<std::vector<diagnosis::Finding>>> Check(Session session, CheckOptions options);

// Parts of it, in files of their own.
// `places`: of the pipelines; before the installation nothing is asked about them.
net::Task<std::vector<diagnosis::Finding>> CheckRights(
    Session session, CheckOptions options, std::vector<diagnosis::CollectorPlace> places);
// `nodes`: those that are scraped. Without a pipeline the token of nobody, default/default, is
// tried.
net::Task<std::vector<diagnosis::Finding>> CheckKubelets(Session session, CheckOptions options,
                                                         std::vector<diagnosis::NodeFacts> nodes,
                                                         diagnosis::Scraping scraping);
// May `user` (empty: we ourselves) do this? `question`: see diagnosis::Right::Question.
net::Task<Result<bool>> IsAllowed(Session session, objects::Json question, std::string user);

// What is asked of every kubelet.
struct KubeletQuestions {
  std::vector<x509::Certificate> roots;  // that open the way for the token
  std::string token;                     // shown to verified kubelets only; may be empty
  bool token_may_scrape = false;
  int at_once = 32;
  Duration timeout = std::chrono::seconds(5);  // each
};
// One kubelet to dial.
struct KubeletTarget {
  std::string node, address;
  std::uint16_t port = 10250;
  std::vector<std::string> names;
  bool ready = true;
};
// The first `most` nodes that have an address of spec.scrape.addressTypes.
std::vector<KubeletTarget> TargetsAmong(const std::vector<diagnosis::NodeFacts>& nodes,
                                        const pipeline::ScrapeSpec& scrape, int most);
// In the order of `targets`; never fails: what went wrong stands in each probe.
net::Task<std::vector<diagnosis::KubeletProbe>> ProbeKubelets(std::vector<KubeletTarget> targets,
                                                              KubeletQuestions questions);

}  // namespace mpl::app
