#include "bench/yardsticks/simulator.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace mpl::bench {
namespace {

[[noreturn]] void Throw(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

// Closed at the end of its scope.
struct Descriptor {
  explicit Descriptor(int of) : number(of) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void Close() {
    if (number >= 0) close(number);
    number = -1;
  }
  int number;
};

std::array<std::uint16_t, 2> FreePorts() {
  const Descriptor one(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Descriptor other(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  std::array<std::uint16_t, 2> ports{};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const int descriptor = i == 0 ? one.number : other.number;
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t size = sizeof(at);
    if (bind(descriptor, reinterpret_cast<sockaddr*>(&at), size) != 0 ||
        getsockname(descriptor, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
      Throw("no free port");
    }
    ports[i] = ntohs(at.sin_port);
  }
  return ports;
}

std::string ReadWhole(int file) {
  std::string text;
  std::array<char, 4096> bytes{};
  for (;;) {
    const auto got = pread(file, bytes.data(), bytes.size(), static_cast<off_t>(text.size()));
    if (got <= 0) return text;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

pid_t Start(std::vector<std::string> command, int output) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(output, STDOUT_FILENO);
  execv(words[0], words.data());
  _exit(127);
}

}  // namespace

Simulator::Simulator(const ClusterShape& shape, int pace) {
  const auto ports = FreePorts();
  port_ = ports[0];
  // In memory and inherited: nothing is left behind, however we end.
  const Descriptor authority(memfd_create("authority", 0));
  std::array<int, 2> ends{};
  if (authority.number < 0 || pipe2(ends.data(), O_CLOEXEC) != 0) Throw("bench_kubelets");
  const Descriptor ready(ends[0]);
  Descriptor output(ends[1]);
  const auto binary =
      std::filesystem::read_symlink("/proc/self/exe").replace_filename("bench_kubelets");
  child_ = Start(
      {binary, "--nodes=" + std::to_string(shape.nodes), "--pods=" + std::to_string(shape.pods),
       "--containers=" + std::to_string(shape.containers), "--port=" + std::to_string(port_),
       "--control-port=" + std::to_string(ports[1]), "--pace=" + std::to_string(pace),
       "--authority-file=/proc/self/fd/" + std::to_string(authority.number)},
      output.number);
  if (child_ < 0) Throw("cannot fork");
  output.Close();
  char first = 0;
  if (read(ready.number, &first, 1) != 1 || clock_getcpuclockid(child_, &clock_) != 0) {
    waitpid(child_, nullptr, 0);
    throw std::runtime_error(binary.string() + " did not start");
  }
  authority_pem_ = ReadWhole(authority.number);
}

Simulator::~Simulator() {
  kill(child_, SIGTERM);
  waitpid(child_, nullptr, 0);
}

double Simulator::CpuNanoseconds() const {
  timespec used{};
  clock_gettime(clock_, &used);
  return static_cast<double>(used.tv_sec) * 1e9 + static_cast<double>(used.tv_nsec);
}

}  // namespace mpl::bench
