// metav1.Status, the answer with which an API server explains a failure, and its two directions:
// read as our Error, written by our own API.
// Fields: k8s.io/apimachinery pkg/apis/meta/v1, types Status, StatusDetails, StatusCause.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kube/base/error.h"
#include "kube/objects/meta.h"

namespace mpl::objects {

struct StatusCause {
  std::string reason;  // "FieldValueInvalid", "FieldManagerConflict", "ResourceVersionTooLarge"
  std::string message;
  std::string field;  // "spec.replicas"; may be empty
  friend bool operator==(const StatusCause&, const StatusCause&) = default;
};

// Names the object that the failure is about; all fields may be empty.
struct StatusDetails {
  std::string name = {};
  std::string group = {};
  std::string kind = {};  // the resource's plural, by convention
  int retry_after_seconds = 0;
  std::vector<StatusCause> causes = {};
  friend bool operator==(const StatusDetails&, const StatusDetails&) = default;
};

struct Status {
  std::string message = {};
  std::string reason = {};  // "NotFound"; may be empty
  int code = 0;             // HTTP status code; 0 when not said
  StatusDetails details = {};

  // kind from reason and code, retry_after from details.
  Error ToError() const;
};

// Lenient: absent or wrongly typed fields stay empty. kMalformed when `json` is no Status at all.
Result<Status> ParseStatus(const Json& json);
// The body of a failed request, whatever it is: a Status, another text, nothing. `code` is the HTTP
// status code, and decides where the body does not.
Error ErrorFromBody(int code, std::string_view body);

// {"kind":"Status","apiVersion":"v1",…,"status":"Failure"}
Json WriteStatus(const Error& error, const StatusDetails& details = {});

}  // namespace mpl::objects
