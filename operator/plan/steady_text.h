// Messages that others write, made fit for a status: what is different each time goes, or every
// look would be news, written and sent to all who watch. Pure.
#pragma once

#include <string>

namespace mpl::plan {

// Without the local end of a connection ("read tcp 10.0.0.5:51234->10.96.0.1:443: …", Go's
// net.OpError) and without the moment of the look ("current time 2026-… is after …", Go's
// crypto/x509).
std::string SteadyText(std::string text);

}  // namespace mpl::plan
