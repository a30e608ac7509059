// The commands of the switch, in their order.
//
// What makes a gap is not the take-over (one write of both registrations, after every replica has
// data) but the removal afterwards: `helm uninstall` and `kubectl delete -f components.yaml` delete
// the APIService with the rest, whoever it belongs to by then.
#include "kube/base/text.h"
#include "operator/migration/translation.h"
#include "operator/plan/provider.h"

namespace mpl::migration {
namespace {

// Helm deletes what its stored manifest lists, but leaves alone, in an upgrade, what carries the
// annotation helm.sh/resource-policy: keep (Helm's pkg/kube/client.go, Update).
std::vector<Step> RemoveHelmRelease(const Json& api_service) {
  const std::string release =
      ShellWord(TextAt(api_service, "/metadata/annotations/meta.helm.sh~1release-name"));
  const std::string ns =
      ShellWord(TextAt(api_service, "/metadata/annotations/meta.helm.sh~1release-namespace"));
  return {
      {"Take the registration out of the Helm release, so that uninstalling does not delete it "
       "(CHART is what was installed, such as metrics-server/metrics-server).",
       "kubectl annotate apiservice v1beta1.metrics.k8s.io helm.sh/resource-policy=keep\nhelm "
       "upgrade " +
           release + " CHART --namespace " + ns + " --reuse-values --set apiService.create=false"},
      {"Remove the rest of the release.", "helm uninstall " + release + " --namespace " + ns}};
}

// What is for a person to do: no command, but a comment where commands stand.
std::string Remark(const std::string& sentence) { return "# " + OneLine(sentence); }

// Named one by one: the same file holds the APIService.
std::vector<Step> RemoveObjects(const Json& deployment, const std::string& service) {
  const std::string ns = TextAt(deployment, "/metadata/namespace");
  const std::string of_ns = "kubectl -n " + ShellWord(ns) + " delete ";
  const std::string label = TextAt(deployment, "/metadata/labels/k8s-app");
  std::string command = of_ns + ShellWord("deployment/" + TextAt(deployment, "/metadata/name"));
  if (!service.empty()) command += " " + ShellWord("service/" + service);
  if (!label.empty()) {
    const std::string labelled = " -l " + ShellWord("k8s-app=" + label);
    command += "\n" + of_ns + "serviceaccount,rolebinding" + labelled +
               "\nkubectl delete clusterrolebinding,clusterrole" + labelled;
    // Where it reads the front proxy's authority, wherever it runs itself.
    if (ns != "kube-system") command += "\nkubectl -n kube-system delete rolebinding" + labelled;
  }
  return {
      {"Remove metrics-server, but not its APIService, which is ours by now: not kubectl delete "
       "-f components.yaml.",
       command}};
}

std::vector<Step> Removal(const MetricsServer& server, const plan::Provider& provider) {
  const bool helm = provider.keeper.starts_with("Helm release");
  if (helm) return RemoveHelmRelease(server.api_service);
  if (!provider.keeper.empty()) {
    return {{"Let go of metrics-server where it is kept (" + provider.keeper +
                 "), without pruning " + "the APIService v1beta1.metrics.k8s.io.",
             Remark(provider.removal)}};
  }
  // The Deployment may have been named by hand, and the Service be somebody else's.
  const std::string ns = TextAt(server.deployment, "/metadata/namespace") + "/";
  const bool same = provider.service.starts_with(ns);
  return RemoveObjects(server.deployment, same ? provider.service.substr(ns.size()) : "");
}

std::string Option(const std::string& name, const std::string& value) {
  return value.empty() ? "" : " " + ShellWord("--" + name + "=" + value);
}

// Our own program, which has to find the same cluster and the same operator again.
std::string Program(const std::string& command, const Invocation& asked) {
  return "metricspipeline-operator " + command + Option("namespace", asked.ns) +
         Option("kubeconfig", asked.kubeconfig);
}

std::string MigrateAgain(const Invocation& asked) {
  const std::string deployment = asked.deployment.empty() ? "" : " " + ShellWord(asked.deployment);
  return Program("migrate" + deployment + Option("pipeline", asked.pipeline), asked);
}

Step Look(const Invocation& asked) {
  Step step{"Look first: what would stand in the way, and which kubelets would be refused.",
            Program("check --pre", asked)};
  if (asked.kubeconfig.empty()) return step;
  step.why += " KUBECONFIG is for kubectl and helm, which have to ask the same cluster.";
  step.command = "export KUBECONFIG=" + ShellWord(asked.kubeconfig) + "\n" + step.command;
  return step;
}

void Insisting(const plan::Provider& provider, Migration& migration) {
  migration.gapless = false;
  migration.steps.push_back(
      {"The present registration is kept by " + provider.keeper +
           ", which undoes every change: it has to go first, and there is a gap until the "
           "collectors are ready (some seconds).",
       Remark(provider.removal)});
}

}  // namespace

void PlanSwitch(const MetricsServer& server, Migration& migration) {
  const std::string mpl = ShellWord("mpl/" + server.pipeline_name);
  std::vector<Step>& steps = migration.steps;
  const plan::Provider provider = server.api_service.is_object()
                                      ? plan::Classify(server.api_service, server.manager)
                                      : plan::Provider{};
  steps.push_back(Look(server.asked));
  steps.push_back(
      {"Install the operator (with an image of your own as docs/installing.md says); nothing "
       "of metrics-server is touched.",
       "kubectl apply -k config/default"});
  steps.insert(steps.end(), migration.preparation.begin(), migration.preparation.end());
  if (provider.insists) Insisting(provider, migration);
  if (!provider.injection.empty()) {
    steps.push_back(
        {"Stop cert-manager's cainjector, which would put another caBundle into the registration "
         "for ever; the present one stays. Where a chart or manifest has the annotation, take it "
         "out "
         "there, too.",
         provider.injection});
  }
  steps.push_back(
      {"Apply the pipeline. Metrics-server serves until every collector is ready and has "
       "two windows of data; then each registration moves in one write.",
       MigrateAgain(server.asked) + " | kubectl apply -f -\nkubectl wait --for=condition=Ready " +
           mpl + " --timeout=5m"});
  std::string back = "kubectl top nodes\nkubectl delete " + mpl + "    # only to go back";
  // What comes back is the bundle of today.
  if (!provider.reinjection.empty()) back += "\n" + provider.reinjection + "    # then, too";
  steps.push_back(
      {"See that it works. To go back, delete the pipeline: the registration returns to "
       "metrics-server as it was (deletionPolicy Restore).",
       std::move(back)});
  if (server.deployment.is_null() || provider.insists) return;
  steps.push_back({"When it stays: nothing is to be restored any more.",
                   "kubectl patch " + mpl +
                       " --type=merge -p '{\"spec\":{\"apiServices\":{\"conflictPolicy\":\"Fail\","
                       "\"deletionPolicy\":\"Delete\"}}}'"});
  const std::vector<Step> removal = Removal(server, provider);
  steps.insert(steps.end(), removal.begin(), removal.end());
}

}  // namespace mpl::migration
