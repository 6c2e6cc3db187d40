// A compromised session of probe can read what its header and its replies tell, and nothing else.
// intruder/greet.cpp makes the attempts.

#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"

namespace yodel::tests {
namespace {

namespace fs = std::filesystem;

// The real manager, with the intruder in place of its acceptor.
class ProbeIntrusion {
 public:
  explicit ProbeIntrusion(const std::string& address) {
    fs::copy_file(binary("yodeld"), folder_.path() + "/yodeld");
    fs::copy_file(binary("intruder/yodel-acceptor"), folder_.path() + "/yodel-acceptor");
    daemon_.emplace(Daemon::Setup{
        .config = "[[listen]]\nprotocol = 'probe'\n" + replaced(address, "FOLDER", folder_.path()),
        .program = folder_.path() + "/yodeld"});
  }

  // Has a new session make the attempt. Returns its answer, which is empty if it was killed.
  std::string attempt(const std::string& name) {
    Connection peer(daemon_->address());
    peer.send("try 1 " + name + "\n");
    ++sessions_;
    return peer.receive_some();
  }
  void expect_killed(const std::vector<std::string>& names) {
    for (const auto& name : names) {
      EXPECT_EQ(attempt(name), "") << name;
      const auto record = daemon_->wait_for_record(" session=1-" + std::to_string(sessions_) + " ");
      EXPECT_TRUE(holds(record, "(SIGSYS) for a forbidden system call")) << name << record;
    }
  }

 private:
  TemporaryFolder folder_;
  std::optional<Daemon> daemon_;
  int sessions_ = 0;
};

const std::vector<std::string> forbidden_everywhere{"read any option",
                                                    "read an option of another socket",
                                                    "read an address of another socket",
                                                    "peek at a message",
                                                    "receive a message from the channel",
                                                    "read another clock",
                                                    "set another option",
                                                    "send a descriptor",
                                                    "make a pipe",
                                                    "openat",
                                                    "socket",
                                                    "fork"};

TEST(ProbeConfinement, LeavesATcpSessionWhatItReports) {
  if (sanitized) GTEST_SKIP() << "the confinement forbids what the sanitizers need";
  ProbeIntrusion intrusion("port = 0\n");
  for (const std::string name : {"read another option",  // the SYN
                                 "read the figures", "read its address", "read the clock"}) {
    EXPECT_EQ(intrusion.attempt(name), "done") << name;
  }
  EXPECT_EQ(intrusion.attempt("receive a message without waiting"), "EAGAIN");
  intrusion.expect_killed(forbidden_everywhere);
}

TEST(ProbeConfinement, LeavesASessionOverAUnixSocketTheClockOnly) {
  if (sanitized) GTEST_SKIP() << "the confinement forbids what the sanitizers need";
  ProbeIntrusion intrusion("address = 'unix:FOLDER/probe'\n");
  EXPECT_EQ(intrusion.attempt("read the clock"), "done");
  auto forbidden = forbidden_everywhere;
  for (const char* name : {"read another option", "read the figures", "read its address",
                           "receive a message", "receive a message without waiting"})
    forbidden.emplace_back(name);
  intrusion.expect_killed(forbidden);
}

}  // namespace
}  // namespace yodel::tests
