// Which texts may be names: DNS labels and subdomains, keys and values of labels.
// Rules and words: k8s.io/apimachinery pkg/api/validate/content.
#pragma once

#include <string>
#include <string_view>

namespace mpl::objects {

// RFC 1123, lower case: "web-0", at most 63 bytes.
bool IsDnsLabel(std::string_view text);
// Labels joined by dots, at most 253 bytes.
bool IsDnsSubdomain(std::string_view text);

// Empty when fine, else everything that is wrong with it, in the words of the API.
std::string LabelKeyFault(std::string_view key);
std::string LabelValueFault(std::string_view value);

}  // namespace mpl::objects
