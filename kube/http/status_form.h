// In which form a client gets a metav1.Status.
// Rules: k8s.io/apiserver endpoints/handlers/negotiation and responsewriters (ErrorNegotiated).
#pragma once

#include "kube/http/message.h"
#include "kube/http/url.h"

namespace mpl::http {

// Whether JSON shall be indented: pretty=1|t|true says so; without a word on it, that the
// User-Agent is curl, Wget or a browser.
bool WantsIndent(const Headers& headers, const Query& query);

// Rewrites a Status (an answer of 400 and above with a JSON body; others stay as they are) into the
// representation that `asked` accepts: JSON, YAML or protobuf. Where it accepts none of them, the
// client still has to learn what went wrong: in indented JSON.
void PresentStatus(const Headers& asked, bool indent, Response& response);

}  // namespace mpl::http
