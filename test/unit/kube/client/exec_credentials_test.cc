// Exec plug-ins as client-go runs them, without holding anything else up.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "kube/client/credentials.h"
#include "kube/client/read_file.h"
#include "kube/client/run_program.h"
#include "test/unit/kube/net/net_fixture.h"

namespace mpl::client {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr const char* kAnswer =
    R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",)"
    R"("status":{"token":"t"}})";

class ExecCredentialsTest : public net::NetTest {
 protected:
  ExecCredentialsTest() {
    folder_ = "/tmp/mpl-plugin-XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no folder in /tmp");
  }
  ~ExecCredentialsTest() override {
    RunTask(tasks_.Stop(1s));
    std::filesystem::remove_all(folder_);
  }
  static ExecPlugin Plugin(const std::string& script, const std::string& answer = kAnswer) {
    return {.command = "/bin/sh",
            .arguments = {"-c", script},
            .environment = {{"ANSWER", answer}},
            .api_version = "client.authentication.k8s.io/v1",
            .provide_cluster_info = false,
            .install_hint = "get it"};
  }
  std::shared_ptr<ExecCredentials> Counting(const std::string& answer = kAnswer) {
    return std::make_shared<ExecCredentials>(
        Plugin("echo $KUBERNETES_EXEC_INFO >> " + counter() + "; echo \"$ANSWER\"", answer),
        "info");
  }
  std::string counter() const { return folder_ + "/runs"; }
  Result<void> Renew(ExecCredentials& credentials) {
    return RunTask(credentials.Renew(tasks_, net::SteadyNow() + 10s));
  }
  Result<std::string> Run(Program program) { return RunTask(RunProgram(std::move(program))); }

  std::string folder_;
  net::TaskGroup tasks_{runtime.executor()};
};

TEST_F(ExecCredentialsTest, RunsThePluginOnceUntilRefused) {
  const auto credentials = Counting();
  const auto token = ExecToken(credentials);
  EXPECT_EQ(token->Token({}).error().kind, ErrorKind::kUnauthorized) << "not run yet";
  ASSERT_TRUE(Renew(*credentials));
  ASSERT_TRUE(Renew(*credentials));
  EXPECT_EQ(token->Token({}), "t");
  EXPECT_EQ(ReadFile(counter()), "info\n");
  EXPECT_EQ(credentials->generation(), 1);

  token->Invalidate();
  EXPECT_EQ(token->Token({}), "t") << "better than none while the plug-in runs";
  ASSERT_TRUE(Renew(*credentials));
  EXPECT_EQ(ReadFile(counter()), "info\ninfo\n");
  EXPECT_EQ(credentials->generation(), 2);
}

TEST_F(ExecCredentialsTest, RunsThePluginAgainWhenItsCredentialHasExpired) {
  const auto credentials =
      Counting(R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1",)"
               R"("status":{"token":"t","expirationTimestamp":"2001-01-01T00:00:00Z"}})");
  ASSERT_TRUE(Renew(*credentials));
  ASSERT_TRUE(Renew(*credentials));
  EXPECT_EQ(ReadFile(counter()), "info\ninfo\n");
}

TEST_F(ExecCredentialsTest, SaysHowToInstallAPluginThatFails) {
  const auto failing = std::make_shared<ExecCredentials>(Plugin("exit 3"), "");
  const auto refused = Renew(*failing);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("exit code 3 (get it)"));
}

// The plug-in ends when the test says so; until then everything else goes on.
TEST_F(ExecCredentialsTest, HoldsNobodyUpAndRunsOnceForAll) {
  const auto credentials = std::make_shared<ExecCredentials>(
      Plugin("echo run >> " + counter() + "; while ! test -e " + folder_ +
             "/go; do sleep 0.01; done; echo \"$ANSWER\""),
      "");
  int renewed = 0;
  struct Asking {
    static net::Task<void> Run(ExecCredentials* from, net::TaskGroup* group, int* count) {
      const auto result = co_await from->Renew(*group, net::SteadyNow() + 10s);
      *count += result ? 1 : 0;
    }
  };
  net::TaskGroup askers(runtime.executor());
  for (int i = 0; i < 3; ++i) {
    askers.Spawn("ask", Asking::Run(credentials.get(), &tasks_, &renewed));
  }
  RunTask(net::SleepFor(5ms));
  EXPECT_EQ(renewed, 0) << "we are here although the plug-in runs";

  const auto impatient = RunTask(credentials->Renew(tasks_, net::SteadyNow() + 1ms));
  ASSERT_FALSE(impatient);
  EXPECT_EQ(impatient.error().kind, ErrorKind::kTimeout);

  std::filesystem::create_directory(folder_ + "/go");
  EXPECT_TRUE(Renew(*credentials));
  RunTask(net::SleepFor(1ms));
  EXPECT_EQ(renewed, 3);
  EXPECT_EQ(ReadFile(counter()), "run\n");
  RunTask(askers.Stop(1s));
}

TEST_F(ExecCredentialsTest, StopsWhatDoesNotEnd) {
  const auto late = Run({.command = "sleep", .arguments = {"60"}, .limit = 50ms});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  EXPECT_FALSE(Run({.command = "/no/such/program"}));
}

// What a plug-in starts must not outlive its time either.
TEST_F(ExecCredentialsTest, StopsWhatItStartedToo) {
  const std::string pid_file = folder_ + "/pid";
  const auto late = Run({.command = "/bin/sh",
                         .arguments = {"-c", "sleep 60 & echo $! > " + pid_file + "; wait"},
                         .limit = 300ms});
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  const pid_t grandchild = std::atoi(ReadFile(pid_file).value().c_str());
  ASSERT_GT(grandchild, 0);
  // Gone, or a zombie until init takes it: no longer sleeping in any case.
  const auto state = ReadFile("/proc/" + std::to_string(grandchild) + "/stat");
  EXPECT_TRUE(!state || state->empty() || state->find(") S") == std::string::npos) << *state;
}

// A helper that outlives the plug-in would hold our ports and connections.
TEST_F(ExecCredentialsTest, GivesItsChildrenNoSocketOfOurs) {
  Serve([](http::Request) -> net::Task<http::Response> { co_return http::Response(); });
  const auto open = Run({.command = "ls", .arguments = {"/proc/self/fd"}});
  ASSERT_TRUE(open) << open.error().message;
  EXPECT_EQ(*open, "0\n1\n2\n3\n") << "3 is the folder that ls reads";
  RunTask(server->Stop(0s));
}

// A shell that writes into a pipe nobody reads ends by SIGPIPE; we ignore that signal ourselves.
TEST_F(ExecCredentialsTest, GivesItsChildrenBackTheSignalsThatWeIgnore) {
  const auto mask = Run({.command = "grep", .arguments = {"SigIgn", "/proc/self/status"}});
  ASSERT_TRUE(mask) << mask.error().message;
  const auto bits = std::stoull(mask->substr(mask->find(':') + 1), nullptr, 16);
  EXPECT_EQ(bits & (1ULL << (SIGPIPE - 1)), 0U) << *mask;
}

}  // namespace
}  // namespace mpl::client
