// A kube-apiserver with config/default applied, and kubectl without exceptions.
#pragma once

#include <string>
#include <vector>

#include "test/support/kube_apiserver/kube_apiserver.h"

namespace mpl::test {

// Started, and the CRD established, at the first call.
KubeApiServer& Installed();

struct Answer {
  bool ok = false;
  std::string text;  // what kubectl printed, or its complaint
};
Answer Try(const std::vector<std::string>& arguments, const std::string& input = {});

// Applies an object with this spec (JSON) on the server without storing it.
Answer DryRun(const std::string& spec, const std::string& name = "cluster");

// kubectl's --as for the operator's service account.
std::string AsOperator();

}  // namespace mpl::test
