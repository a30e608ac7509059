// Child processes for tests: they die with us, and their output goes to a file.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace mpl::test {

class ChildProcess {
 public:
  ChildProcess() = default;
  // Starts argv[0]; throws std::runtime_error when that is impossible.
  ChildProcess(const std::vector<std::string>& argv, const std::string& log_path);
  ~ChildProcess();  // Stop()
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;

  bool Running();
  // SIGTERM, then SIGKILL after `grace`. Does nothing when it is not running.
  void Stop(std::chrono::seconds grace = std::chrono::seconds(10));
  void Kill() { Stop(std::chrono::seconds(0)); }
  void Signal(int signal) const;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

struct CommandOutput {
  int exit_code = 0;
  std::string out;     // standard output
  std::string errors;  // standard error
};
// Runs a program to its end, with `input` as its standard input.
CommandOutput RunCommand(const std::vector<std::string>& argv, const std::string& input = {});

// A TCP port of 127.0.0.1 that nobody used a moment ago.
int FreePort();

}  // namespace mpl::test
