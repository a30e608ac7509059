// What the API server's reviews say about the operator's rights, or those of its installer.
#include "kube/auth/user_info.h"
#include "operator/app/check.h"
#include "operator/diagnosis/rights.h"

namespace mpl::app {
namespace {

constexpr const char* kInstallRemedy =
    "install as somebody who may (cluster-admin), or let them apply config/rbac first";

using diagnosis::Finding;
using diagnosis::MissingRight;
using diagnosis::Right;
using objects::Json;
using objects::Resource;

const Resource kSelfReviews{"authorization.k8s.io", "v1", "selfsubjectaccessreviews",
                            "SelfSubjectAccessReview", false};
const Resource kReviews{"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview",
                        false};

// Whoever may ask about others asks about the operator's ServiceAccount, else about itself.
net::Task<std::string> Subject(Session session, CheckOptions options, Right first) {
  if (options.before) co_return std::string();
  std::string user = "system:serviceaccount:" + options.ns + ":metricspipeline-operator";
  Json question = first.Question("get");
  const auto may_ask = co_await IsAllowed(session, std::move(question), user);
  if (!may_ask) user.clear();
  co_return user;
}

}  // namespace

net::Task<Result<bool>> IsAllowed(Session session, Json question, std::string user) {
  Json review = {{"spec", std::move(question)}};
  const Resource& kind = user.empty() ? kSelfReviews : kReviews;
  review["apiVersion"] = kind.ApiVersion();
  review["kind"] = kind.kind;
  if (!user.empty()) {
    review["spec"]["user"] = user;
    review["spec"]["groups"] = auth::WithImpliedGroups({.name = user}).groups;
  }
  const auto answer = co_await session.client.Create(kind, "", review);
  if (!answer) co_return std::unexpected(answer.error());
  const Json::json_pointer allowed("/status/allowed");
  co_return answer->contains(allowed) && (*answer)[allowed] == Json(true);
}

net::Task<std::vector<Finding>> CheckRights(Session session, CheckOptions options,
                                            std::vector<diagnosis::CollectorPlace> places) {
  const std::vector<Right> rights = options.before ? diagnosis::InstallRights(options.ns)
                                                   : diagnosis::NeededRights(options.ns, places);
  const std::string user = co_await Subject(session, options, rights.front());
  std::vector<MissingRight> missing;
  for (const Right& right : rights) {
    MissingRight entry{
        right,
        {},
        options.before ? kInstallRemedy : diagnosis::RemedyOf(right, options.ns, places)};
    for (const std::string& verb : right.verbs) {
      Json question = right.Question(verb);
      const auto allowed = co_await IsAllowed(session, std::move(question), user);
      if (!allowed) {
        co_return std::vector{diagnosis::Note(
            diagnosis::subject::kRights, "rights cannot be asked for: " + allowed.error().message,
            "what is missing shows only later, as Forbidden",
            "run check as somebody with a working login")};
      }
      if (!*allowed) entry.verbs.push_back(verb);
    }
    if (!entry.verbs.empty()) missing.push_back(std::move(entry));
  }
  co_return diagnosis::JudgeRights(user.empty() ? "you" : user, missing);
}

}  // namespace mpl::app
