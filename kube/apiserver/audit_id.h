// The name of one request in everybody's logs: the Audit-Id header.
#pragma once

#include <random>
#include <string>

#include "kube/http/message.h"

namespace mpl::apiserver {

// The caller's Audit-ID (kube-apiserver sends the one of its own audit log), at most 64 bytes of
// it, else a new random UUID (RFC 9562 version 4).
std::string AuditIdOf(const http::Headers& headers, std::mt19937_64& random);

}  // namespace mpl::apiserver
