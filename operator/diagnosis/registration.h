// Who keeps v1.metrics.k8s.io and v1beta1.metrics.k8s.io, and do they answer?
#pragma once

#include <string>

#include "kube/base/error.h"
#include "operator/diagnosis/finding.h"

namespace mpl::diagnosis {

// `live`: the APIService, or why it could not be read (kNotFound: nobody has registered it).
// `manager` wrote its spec.service; see plan::ManagerOf.
Finding JudgeRegistration(const std::string& name, const Result<Json>& live,
                          const std::string& manager);

}  // namespace mpl::diagnosis
