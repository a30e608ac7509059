// TokenReview and SubjectAccessReview, JSON in and JSON out, for the two users that there are: who
// brings the token is in system:masters, and the reader may read. Pure.
#pragma once

#include <string>
#include <string_view>

#include "kube/base/error.h"

namespace mpl::bench {

struct Users {
  std::string token;   // of "bench", in system:masters
  std::string reader;  // an ordinary user who may do everything nevertheless
};

// The review with its status filled in. kBadRequest when the body is no such review.
Result<std::string> AnswerTokenReview(const Users& users, std::string_view body);
Result<std::string> AnswerAccessReview(const Users& users, std::string_view body);

}  // namespace mpl::bench
