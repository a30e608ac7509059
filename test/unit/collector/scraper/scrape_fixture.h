// A runtime with fake kubelets and what a link or scraper needs, in one thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <memory>
#include <string>

#include "collector/scraper/kubelet_link.h"
#include "collector/scraper/pin_keeper.h"
#include "kube/net/runtime.h"
#include "test/support/certs/certs.h"
#include "test/support/kubelet/fake_kubelet.h"

namespace mpl::scraper {

using namespace std::chrono_literals;

class ScrapeTest : public ::testing::Test {
 protected:
  // Runs the event loop until `work` has ended; nothing may take longer than 10 s.
  void Run(std::function<net::Task<void>()> work) {
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(runtime_.executor(), work(), [&](const std::exception_ptr& error) {
      failure = error;
      ended = true;
      runtime_.Stop();
    });
    runtime_.Restart();
    runtime_.Run();
    if (failure) std::rethrow_exception(failure);
    ASSERT_TRUE(ended);
  }

  // Lets everything run until `condition` holds; false when 10 s were not enough.
  static net::Task<bool> Until(std::function<bool()> condition) {
    const MonoTime deadline = net::SteadyNow() + 10s;
    while (!condition()) {
      if (net::SteadyNow() > deadline) co_return false;
      co_await net::SleepFor(5ms);
    }
    co_return true;
  }

  static discovery::ScrapeTarget Target(const test::FakeKubelet& kubelet) {
    discovery::ScrapeTarget target;
    target.node = "node1";
    target.uid = "uid-1";
    target.boot_id = "boot-1";
    target.candidates = {"127.0.0.1"};
    target.identities = {"node1", "127.0.0.1"};
    target.port = kubelet.port();
    target.ready = true;
    return target;
  }

  LinkPolicy Policy(trust::TrustMode mode = trust::TrustMode::kAuto) const {
    LinkPolicy policy;
    policy.rules = {mode, {test::Parse(authority_.ca_pem())}};
    policy.user_agent = "test";
    policy.timeout = 5s;
    return policy;
  }

  KubeletLink Link(discovery::ScrapeTarget target, LinkPolicy policy) {
    return KubeletLink(runtime_.executor(), std::move(target),
                       std::make_shared<const LinkContext>(std::move(policy)), pins_);
  }

  net::IoRuntime runtime_;
  test::Authority authority_{"cluster-ca"};
  PinKeeper pins_{runtime_.executor()};
};

}  // namespace mpl::scraper
