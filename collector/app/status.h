// What this replica says of itself at /status.
#pragma once

#include <string>

#include "collector/app/shared.h"
#include "collector/handlers/status_document.h"
#include "kube/base/time.h"

namespace mpl::app {

handlers::StatusDocument MakeStatus(const Shared& shared, const std::string& replica,
                                    TimePoint started_at);

}  // namespace mpl::app
