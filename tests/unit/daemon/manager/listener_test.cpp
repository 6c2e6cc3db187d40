// Listening sockets, and which of them a reload keeps.

#include "manager/listener.hpp"

#include <array>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

#include "config/load.hpp"
#include "manager/generation.hpp"
#include "manager/systemd/exit_status.hpp"

namespace yodel::manager {
namespace {

config::Listen listen_at(const std::string& address) {
  config::Listen listen;
  listen.endpoint = *protocol::parse_endpoint(address);
  return listen;
}

ExitStatus status_of_binding(const config::Listen& listen) {
  try {
    const auto listener = Listener::bind(listen);
    return ExitStatus::ok;
  } catch (const StartError& error) {
    return error.status();
  }
}

TEST(Listener, TellsThePortThatTheKernelChose) {
  const auto listener = Listener::bind(listen_at("127.0.0.1"));
  EXPECT_EQ(listener.text().find("127.0.0.1:"), 0u);
  EXPECT_NE(listener.text(), "127.0.0.1:0");
  EXPECT_NE(listener.bound().port, 0);
}

TEST(Listener, TellsItsErrorsApart) {
  const auto taken = Listener::bind(listen_at("127.0.0.1"));
  auto same = listen_at("127.0.0.1");
  same.endpoint.port =
      static_cast<std::uint16_t>(std::stoi(taken.text().substr(taken.text().find(':') + 1)));
  EXPECT_EQ(status_of_binding(same), ExitStatus::unavailable);
  EXPECT_EQ(status_of_binding(listen_at("192.0.2.1")), ExitStatus::unavailable);
  EXPECT_EQ(status_of_binding(listen_at("fe80::1%nosuchif")), ExitStatus::unavailable);
  EXPECT_EQ(status_of_binding(listen_at("unix:/no/such/folder/echo")), ExitStatus::os_error);
}

struct UnixListener : ::testing::Test {
  void SetUp() override {
    std::string folder = ::testing::TempDir() + "yodel-listener-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    path = folder + "/echo";
  }
  void TearDown() override {
    ::unlink(path.c_str());
    ::rmdir(path.substr(0, path.rfind('/')).c_str());
  }
  [[nodiscard]] bool exists() const { return ::access(path.c_str(), F_OK) == 0; }

  std::string path;
};

TEST_F(UnixListener, RemovesItsFile) {
  {
    const auto listener = Listener::bind(listen_at("unix:" + path));
    EXPECT_TRUE(exists());
  }
  EXPECT_FALSE(exists());
}

TEST_F(UnixListener, ReplacesAFileThatNobodyListensAt) {
  const posix::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = to_socket_address(*protocol::parse_endpoint("unix:" + path), 0);
  ASSERT_EQ(::bind(socket.get(), address.get(), address.size), 0);
  EXPECT_EQ(status_of_binding(listen_at("unix:" + path)), ExitStatus::ok);
}

TEST_F(UnixListener, DoesNotTakeAnAddressInUse) {
  const auto first = Listener::bind(listen_at("unix:" + path));
  EXPECT_EQ(status_of_binding(listen_at("unix:" + path)), ExitStatus::unavailable);
  EXPECT_TRUE(exists());
}

TEST_F(UnixListener, DoesNotReplaceAFileThatIsNoSocket) {
  ASSERT_EQ(::symlink("/dev/null", path.c_str()), 0);
  EXPECT_EQ(status_of_binding(listen_at("unix:" + path)), ExitStatus::unavailable);
  EXPECT_TRUE(exists());
}

// --- generations ---

config::Loaded loaded(std::string_view text) {
  return *config::parse(text);
}

TEST(Generation, KeepsTheSocketsThatStay) {
  PassedSockets none;
  std::uint64_t next_id = 1;
  const auto first =
      prepare(loaded("[[listen]]\nport = 0\n[[listen]]\naddress = '::1'\nport = 0\n").settings,
              nullptr, none, next_id);
  const auto second =
      prepare(loaded("[[listen]]\nport = 0\nprotocol = 'echo'\n[[listen]]\nport = 0\n").settings,
              &first, none, next_id);
  EXPECT_EQ(second.slots[0].listener, first.slots[0].listener);
  EXPECT_NE(second.slots[1].listener, first.slots[0].listener) << "a socket is given once";
  EXPECT_NE(second.slots[1].listener, first.slots[1].listener);
  EXPECT_EQ(second.slots[0].launch.protocol, protocol::Protocol::echo);
  EXPECT_EQ(second.slots[1].id, 4u);
}

TEST(Generation, TellsTheAcceptorWhatNobodyWillLog) {
  const auto reporting = [](const char* level) {
    const auto settings = loaded(std::string("log.level = '") + level + "'").settings;
    return make_launch(settings, settings.listeners[0]).reporting;
  };
  EXPECT_TRUE(reporting("debug").accepted);
  EXPECT_FALSE(reporting("info").accepted);
  EXPECT_TRUE(reporting("info").sessions);
  EXPECT_FALSE(reporting("notice").sessions);
}

}  // namespace
}  // namespace yodel::manager
