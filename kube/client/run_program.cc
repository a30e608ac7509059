#include "kube/client/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

extern char** environ;

namespace mpl::client {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kOutputLimit = 1U << 20U;

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
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
  for (const auto& [key, value] : program.environment) result.push_back(key + "=" + value);
  return result;
}

// 0 or errno.
int Spawn(const Program& program, int output, pid_t& pid) {
  std::vector<std::string> words = {program.command};
  words.insert(words.end(), program.arguments.begin(), program.arguments.end());
  std::vector<std::string> variables = Environment(program);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  const int failed = posix_spawnp(&pid, program.command.c_str(), &actions, nullptr,
                                  Pointers(words).data(), Pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

// Reads to the end of the pipe. Nothing: the program is to be killed.
Result<std::string> Drain(int input, Clock::time_point deadline) {
  std::string output;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return Fail(ErrorKind::kTimeout, "did not end in time");
    pollfd waited{input, POLLIN, 0};
    if (poll(&waited, 1, static_cast<int>(left)) <= 0) continue;
    const ssize_t n = read(input, piece.data(), piece.size());
    if (n == 0) return output;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Fail(ErrorKind::kUnreachable, std::string("read: ") + std::strerror(errno));
    output.append(piece.data(), static_cast<std::size_t>(n));
    if (output.size() > kOutputLimit) {
      return Fail(ErrorKind::kRequestTooLarge, "printed more than 1 MiB");
    }
  }
}

Result<int> Reap(pid_t pid, Clock::time_point deadline) {
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (Clock::now() > deadline) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return Fail(ErrorKind::kTimeout, "did not end in time");
    }
    usleep(2000);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<std::string> RunProgram(const Program& program) {
  const auto deadline = Clock::now() + program.limit;
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) {
    return Fail(ErrorKind::kUnreachable, std::string("pipe: ") + std::strerror(errno));
  }
  pid_t pid = 0;
  const int failed = Spawn(program, pipe_ends[1], pid);
  close(pipe_ends[1]);
  if (failed != 0) {
    close(pipe_ends[0]);
    return Fail(ErrorKind::kUnreachable,
                std::string("cannot be started: ") + std::strerror(failed));
  }
  auto output = Drain(pipe_ends[0], deadline);
  close(pipe_ends[0]);
  if (!output) kill(pid, SIGKILL);
  const auto code = Reap(pid, deadline);
  if (!output) return output;
  if (!code) return std::unexpected(code.error());
  if (*code != 0)
    return Fail(ErrorKind::kUnreachable, "failed with exit code " + std::to_string(*code));
  return output;
}

}  // namespace mpl::client
