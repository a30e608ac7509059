#include "kube/client/run_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstring>
#include <memory>
#include <optional>

extern char** environ;

namespace mpl::client {
namespace {

namespace asio = boost::asio;
using Pipe = asio::posix::stream_descriptor;

constexpr std::size_t kOutputLimit = 1U << 20U;
// Between the end of its output and its own end there is not much to do.
constexpr Duration kReapPause = std::chrono::milliseconds(2);

// Ended and reaped however the frame that waits for it ends.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);  // it leads a group of its own
    waitpid(pid_, nullptr, 0);
  }
  // As the shell has it: 128 and more for a signal. Nothing while it runs.
  std::optional<int> ExitCode() {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == 0) return std::nullopt;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const Program& program) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view name = std::string_view(*entry).substr(0, std::strcspn(*entry, "="));
    bool replaced = false;
    for (const auto& [key, value] : program.environment) replaced = replaced || key == name;
    if (!replaced) result.emplace_back(*entry);
  }
  for (const auto& [key, value] : program.environment) {
    result.emplace_back(key).append("=").append(value);
  }
  return result;
}

// 0 or errno. The child does not inherit that we ignore SIGPIPE: shells rely on it.
int Spawn(const Program& program, int output, pid_t& pid) {
  std::vector<std::string> words = {program.command};
  words.insert(words.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> variables = Environment(program);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  // Asio's sockets are inherited: a helper that outlives the program would hold our ports.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  const int failed = posix_spawnp(&pid, program.command.c_str(), &actions, &attributes,
                                  Pointers(words).data(), Pointers(variables).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

std::unexpected<Error> Late() { return Fail(ErrorKind::kTimeout, "did not end in time"); }
std::unexpected<Error> Cancelled() { return Fail(ErrorKind::kCancelled, "cancelled"); }

// Reads to the end of the pipe.
net::Task<Result<std::string>> Drain(int input, MonoTime deadline) {
  const auto executor = co_await asio::this_coro::executor;
  const auto pipe = std::make_shared<Pipe>(executor, input);
  asio::steady_timer timer(executor, deadline);
  timer.async_wait([waiting = std::weak_ptr<Pipe>(pipe)](const boost::system::error_code& error) {
    const auto still = waiting.lock();
    if (!error && still) still->close();
  });
  std::string output;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto [error, size] =
        co_await pipe->async_read_some(asio::buffer(piece), asio::as_tuple(asio::use_awaitable));
    output.append(piece.data(), size);
    if (error == asio::error::eof) co_return output;
    if (error && net::SteadyNow() >= deadline) co_return Late();
    if (error == asio::error::operation_aborted) co_return Cancelled();
    if (error) co_return Fail(ErrorKind::kUnreachable, "read: " + error.message());
    if (output.size() > kOutputLimit) {
      co_return Fail(ErrorKind::kRequestTooLarge, "printed more than 1 MiB");
    }
  }
}

net::Task<Result<int>> AwaitEnd(Child& child, MonoTime deadline) {
  for (;;) {
    if (const auto code = child.ExitCode()) co_return *code;
    if (net::SteadyNow() >= deadline) co_return Late();
    const bool slept = co_await net::SleepFor(kReapPause);
    if (!slept) co_return Cancelled();
  }
}

}  // namespace

net::Task<Result<std::string>> RunProgram(Program program) {
  const MonoTime deadline = net::SteadyNow() + program.limit;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    co_return Fail(ErrorKind::kUnreachable, std::string("pipe: ") + std::strerror(errno));
  }
  pid_t pid = 0;
  const int failed = Spawn(program, pipe_ends[1], pid);
  close(pipe_ends[1]);
  if (failed != 0) {
    close(pipe_ends[0]);
    co_return Fail(ErrorKind::kUnreachable,
                   std::string("cannot be started: ") + std::strerror(failed));
  }
  Child child(pid);
  auto output = co_await Drain(pipe_ends[0], deadline);
  if (!output) co_return output;
  const auto code = co_await AwaitEnd(child, deadline);
  if (!code) co_return std::unexpected(code.error());
  if (*code != 0) {
    co_return Fail(ErrorKind::kUnreachable, "failed with exit code " + std::to_string(*code));
  }
  co_return output;
}

}  // namespace mpl::client
