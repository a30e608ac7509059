// One line per event, as key=value pairs or JSON, to standard error.
//
// Thread-safe. Info: a change someone would want to know. Debug: per scrape, per request.
// Error: someone should act. Never a token, key or body.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "kube/base/error.h"

namespace mpl::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kText, kJson };

struct Field {
  std::string_view key;
  std::string value;
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  template <class N>
    requires std::is_arithmetic_v<N>
  Field(std::string_view k, N v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
};
using Fields = std::initializer_list<Field>;

// Call once at start, and again when the configuration changes.
void Configure(Level level, Format format);
// "debug", "Info", …; nothing on other words.
Result<Level> ParseLevel(std::string_view text);
Result<Format> ParseFormat(std::string_view text);

void Debug(std::string_view event, Fields fields = {});
void Info(std::string_view event, Fields fields = {});
void Warning(std::string_view event, Fields fields = {});
void Failure(std::string_view event, Fields fields = {});  // level "error"

// Tests see lines instead of standard error; an empty function switches back.
void CaptureForTest(std::function<void(std::string_view line)> sink);

}  // namespace mpl::log
