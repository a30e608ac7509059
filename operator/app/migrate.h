// `migrate`: reads the metrics-server that runs, for operator/migration to translate.
#pragma once

#include <string>

#include "operator/app/one_shot.h"
#include "operator/migration/migration.h"

namespace mpl::app {

struct MigrateOptions {
  std::string deployment;  // "ns/name"; empty: the one behind v1beta1.metrics.k8s.io
  std::string ns;          // of the operator
  std::string pipeline = "cluster";
};

// kNotFound says where was looked, and how to name the Deployment. Reads only.
net::Task<Result<migration::MetricsServer>> FindMetricsServer(Session session,
                                                              MigrateOptions options);

}  // namespace mpl::app
