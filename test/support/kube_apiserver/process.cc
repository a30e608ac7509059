#include "test/support/kube_apiserver/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>

namespace mpl::test {
namespace {

struct Streams {
  int in;
  int out;
  int errors;
};

// Only async-signal-safe calls between fork and exec: other threads may hold locks.
pid_t Spawn(const std::vector<std::string>& argv, const Streams& streams) {
  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid > 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(126);
  dup2(streams.in, STDIN_FILENO);
  dup2(streams.out, STDOUT_FILENO);
  dup2(streams.errors, STDERR_FILENO);
  execvp(words[0], words.data());
  _exit(127);
}

std::string ReadAndRemove(const std::string& path) {
  std::ifstream file(path);
  std::string text(std::istreambuf_iterator<char>(file), {});
  std::remove(path.c_str());
  return text;
}

int TempFile(std::string& path) {
  path = "/tmp/mpl-test-XXXXXX";
  const int fd = mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("no temporary file can be made in /tmp");
  return fd;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& argv, const std::string& log_path) {
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (log < 0 || none < 0) throw std::runtime_error("cannot write " + log_path);
  pid_ = Spawn(argv, {none, log, log});
  close(log);
  close(none);
}

ChildProcess::~ChildProcess() { Stop(); }

ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  Stop();
  pid_ = std::exchange(other.pid_, -1);
  return *this;
}

bool ChildProcess::Running() {
  if (pid_ < 0) return false;
  if (waitpid(pid_, nullptr, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

void ChildProcess::Stop(std::chrono::seconds grace) {
  if (pid_ < 0) return;
  kill(pid_, grace.count() > 0 ? SIGTERM : SIGKILL);
  const auto deadline = std::chrono::steady_clock::now() + grace;
  while (Running()) {
    if (std::chrono::steady_clock::now() > deadline) kill(pid_, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void ChildProcess::Signal(int signal) const {
  if (pid_ > 0) kill(pid_, signal);
}

CommandOutput RunCommand(const std::vector<std::string>& argv, const std::string& input) {
  std::string in_path, out_path, error_path;
  const int in = TempFile(in_path);
  const int out = TempFile(out_path);
  const int errors = TempFile(error_path);
  if (write(in, input.data(), input.size()) != static_cast<ssize_t>(input.size())) {
    throw std::runtime_error("cannot write " + in_path);
  }
  lseek(in, 0, SEEK_SET);
  const pid_t pid = Spawn(argv, {in, out, errors});
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  for (const int fd : {in, out, errors}) close(fd);
  std::remove(in_path.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), ReadAndRemove(out_path),
          ReadAndRemove(error_path)};
}

int FreePort() {
  // Below the range from which Linux takes ports for outgoing connections (32768), so that nobody
  // gets it by chance before, or while, a server that is restarted is away.
  static std::mt19937 chance(std::random_device{}());
  for (int tries = 0; tries < 1000; ++tries) {
    const int port = std::uniform_int_distribution(20'000, 32'000)(chance);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    close(fd);
    if (bound) return port;
  }
  throw std::runtime_error("no free TCP port on 127.0.0.1");
}

}  // namespace mpl::test
