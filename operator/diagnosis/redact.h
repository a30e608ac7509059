// What may stand in a support bundle: everything that helps, nothing that opens a door.
//
// Three nets, one behind the other: objects lose the values of Secrets and of environment variables
// that sound like secrets; texts lose private keys, bearer tokens and JSON web tokens by their
// shape; and every value of every Secret that was read is removed wherever it occurs. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "operator/diagnosis/finding.h"

namespace mpl::diagnosis {

// The object without metadata.managedFields and the annotation that repeats it. Of a Secret: name,
// labels, type, and for each key its size and, for certificates, subject, issuer and dates. The
// value of an environment variable, and of a flag, whose name speaks of a token, password, key or
// secret is removed. Lists are treated item by item.
Json WithoutSecrets(const Json& object);

// The values of a Secret that must not appear anywhere, as they are, in base64 and
// as JSON writes them. Certificates
// alone are public; what is shorter than 6 bytes cannot be told from ordinary text and is left out.
std::vector<std::string> SecretValues(const Json& secret);

// The text without private keys (PEM), bearer tokens, JSON web tokens, and `secrets`.
std::string Scrub(std::string text, const std::vector<std::string>& secrets);

}  // namespace mpl::diagnosis
