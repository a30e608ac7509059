#include "kube/telemetry/log.h"

#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include <atomic>
#include <cstdio>
#include <memory>

#include "kube/base/snapshot.h"
#include "kube/base/text.h"
#include "kube/telemetry/line.h"

namespace mpl::log {
namespace {

using Capture = std::function<void(std::string_view line)>;

// Puts the time of spdlog's record in front and writes each line with one call, so that lines of
// several threads do not mix. Needs no pattern: the payload is formatted already.
class LineSink final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& record) override {
    const std::string time =
        FormatMillis(std::chrono::time_point_cast<std::chrono::nanoseconds>(record.time));
    const std::string_view payload(record.payload.data(), record.payload.size());
    std::string line;
    if (format_.load(std::memory_order_relaxed) == Format::kJson) {
      line.append("{\"time\":\"").append(time).append("\",").append(payload).append("}");
    } else {
      line.append(time).append(" ").append(payload);
    }
    if (const auto capture = capture_.Get(); *capture) {
      (*capture)(line);
      return;
    }
    line += '\n';
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
  void flush() override { std::fflush(stderr); }
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  void SetFormat(Format format) { format_ = format; }
  Format format() const { return format_.load(std::memory_order_relaxed); }
  void SetCapture(Capture capture) { capture_.Set(std::move(capture)); }

 private:
  std::atomic<Format> format_ = Format::kText;
  Snapshot<Capture> capture_;
};

struct Output {
  std::shared_ptr<LineSink> sink = std::make_shared<LineSink>();
  spdlog::logger logger{"mpl", sink};
};

// Never destroyed: lines may still come from threads that outlive main's statics.
Output& TheOutput() {
  static Output& output = *new Output;
  return output;
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

void Write(Level level, std::string_view event, Fields fields) {
  Output& output = TheOutput();
  const auto wanted = ToSpdlog(level);
  if (!output.logger.should_log(wanted)) return;
  const std::string payload = output.sink->format() == Format::kJson
                                  ? JsonMembers(level, event, fields)
                                  : TextLine(level, event, fields);
  output.logger.log(wanted, spdlog::string_view_t(payload.data(), payload.size()));
}

}  // namespace

void Configure(Level level, Format format) {
  TheOutput().logger.set_level(ToSpdlog(level));
  TheOutput().sink->SetFormat(format);
}

Result<Level> ParseLevel(std::string_view text) {
  const std::string word = ToLower(text);
  if (word == "debug") return Level::kDebug;
  if (word == "info") return Level::kInfo;
  if (word == "warning" || word == "warn") return Level::kWarning;
  if (word == "error") return Level::kError;
  return Fail(ErrorKind::kInvalid,
              "log level " + QuoteValue(text) + " is unknown: use debug, info, warning or error");
}

Result<Format> ParseFormat(std::string_view text) {
  const std::string word = ToLower(text);
  if (word == "text") return Format::kText;
  if (word == "json") return Format::kJson;
  return Fail(ErrorKind::kInvalid,
              "log format " + QuoteValue(text) + " is unknown: use text or json");
}

void Debug(std::string_view event, Fields fields) { Write(Level::kDebug, event, fields); }
void Info(std::string_view event, Fields fields) { Write(Level::kInfo, event, fields); }
void Warning(std::string_view event, Fields fields) { Write(Level::kWarning, event, fields); }
void Failure(std::string_view event, Fields fields) { Write(Level::kError, event, fields); }

void CaptureForTest(std::function<void(std::string_view line)> sink) {
  TheOutput().sink->SetCapture(std::move(sink));
}

}  // namespace mpl::log
