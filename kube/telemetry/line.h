// How one log line looks. Apart from log.h so that it can be tested without a logger.
//
//   text  2026-11-21T12:00:00.123Z INFO node unreachable node=n1 reason="no route"
//   json  {"time":"2026-11-21T12:00:00.123Z","level":"info","event":"node unreachable","node":"n1"}
//
// Text: a value (or an event's unusual character) never breaks the line; see QuoteValue.
#pragma once

#include <string>
#include <string_view>

#include "kube/base/time.h"
#include "kube/telemetry/log.h"

namespace mpl::log {

// As it is when it is one plain word; else in double quotes with \" \\ \n \r \t and \xNN.
std::string QuoteValue(std::string_view value);

// "INFO event key=value": what follows the time. No line end.
std::string TextLine(Level level, std::string_view event, Fields fields);
// The members of the JSON object after "time", no braces. Bytes that are not UTF-8 become U+FFFD.
std::string JsonMembers(Level level, std::string_view event, Fields fields);

// "2026-11-21T12:00:00.123Z"; cut off, not rounded.
std::string FormatMillis(TimePoint time);

}  // namespace mpl::log
