#include "tests/integration/load.hpp"

#include <exception>
#include <gtest/gtest.h>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tests/integration/connection.hpp"

namespace yodel::tests {

Load::Load(std::string where, Expects expects)
    : where_(std::move(where)), expects_(expects), thread_([this] { run(); }) {}

std::string Load::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  return problem_;
}

void Load::run() {
  try {
    while (!stop_) {
      if (talk()) ++done_;
    }
  } catch (const std::exception& error) {
    problem_ = error.what();
  }
}

bool Load::talk() const {
  Connection peer(where_);
  try {
    peer.send("alice\nexit\n");
    if (peer.receive_rest().ends_with("hello, alice!\n")) return true;
    if (expects_ == Expects::whole_dialogues) throw std::runtime_error("a wrong reply");
  } catch (const std::system_error&) {
    if (expects_ == Expects::whole_dialogues) throw;
  }
  return false;
}

void expect_that_it_does_not_wait_for_its_log(const Daemon::Setup& setup, const std::string& where,
                                              int sessions) {
  const auto talk = [&] {
    Connection peer(where);
    peer.send("exit\n");
    EXPECT_EQ(peer.receive_rest(), "welcome");
  };
  Daemon daemon(setup);
  daemon.wait_for_notification("READY=1");
  for (int i = 0; i < sessions; ++i)
    talk();
  daemon.reload(setup.config);
  talk();
  EXPECT_EQ(daemon.stop().status, 0) << "nor must it keep the daemon from stopping";
}

}  // namespace yodel::tests
