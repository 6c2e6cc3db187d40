// Listening sockets, and which of them a reload keeps.

#include "manager/listener.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string>
#include <string_view>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/load.hpp"
#include "manager/generation.hpp"
#include "manager/socket_file.hpp"
#include "manager/systemd/exit_status.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/sockets.hpp"

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

TEST(Listener, ReportsThePortThatTheKernelChose) {
  const auto listener = Listener::bind(listen_at("127.0.0.1"));
  EXPECT_EQ(listener.text().find("127.0.0.1:"), 0u);
  EXPECT_NE(listener.text(), "127.0.0.1:0");
  EXPECT_NE(listener.bound().port, 0);
}

TEST(Listener, HasDifferentStatusesForItsErrors) {
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
  [[nodiscard]] bool exists() const { return ::access(path.c_str(), F_OK) == 0; }

  tests::TemporaryFolder temporary;
  const std::string path = temporary.path() + "/echo";
};

TEST_F(UnixListener, RemovesItsFile) {
  {
    const auto listener = Listener::bind(listen_at("unix:" + path));
    EXPECT_TRUE(exists());
  }
  EXPECT_FALSE(exists());
}

TEST_F(UnixListener, ReplacesAFileThatNobodyListensAt) {
  const auto stale = tests::bind_to("unix:" + path);
  EXPECT_EQ(status_of_binding(listen_at("unix:" + path)), ExitStatus::ok);
}

TEST_F(UnixListener, DoesNotTakeAnAddressInUse) {
  const auto first = Listener::bind(listen_at("unix:" + path));
  EXPECT_EQ(status_of_binding(listen_at("unix:" + path)), ExitStatus::unavailable);
  EXPECT_TRUE(exists());
}

std::string why_not(const config::Listen& listen) {
  try {
    const auto listener = Listener::bind(listen);
    return {};
  } catch (const StartError& error) {
    return error.what();
  }
}

TEST_F(UnixListener, ReportsWhatIsInItsWay) {
  const auto there = listen_at("unix:" + path);
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  EXPECT_EQ(why_not(there), "cannot listen at unix:" + path +
                                ": there is already a directory at this path: remove it, or "
                                "choose another path");
  EXPECT_EQ(why_not(listen_at("unix:" + path + "/missing/echo")),
            "cannot listen at unix:" + path + "/missing/echo: the directory \"" + path +
                "/missing\" does not exist: create it, or choose another path");
  ASSERT_EQ(::rmdir(path.c_str()), 0);
  ASSERT_EQ(::symlink("/nowhere", path.c_str()), 0);
  EXPECT_NE(why_not(there).find(": there is already a symbolic link at this path"),
            std::string::npos);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  const posix::Descriptor file(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  EXPECT_NE(why_not(there).find(": there is already a file at this path"), std::string::npos);
  EXPECT_NE(
      why_not(listen_at("unix:" + path + "/echo")).find("\"" + path + "\" is not a directory"),
      std::string::npos);
}

// Makes chmod(2) fail: the owner of the folder could divert it to another file.
void forbid_chmod() {
  std::array filter{sock_filter(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))),
                    sock_filter(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fchmodat, 1, 0)),
#ifdef SYS_chmod
                    sock_filter(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_chmod, 0, 1)),
#else
                    sock_filter(BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0)),
#endif
                    sock_filter(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)),
                    sock_filter(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW))};
  const sock_fprog program{.len = filter.size(), .filter = filter.data()};
  ASSERT_EQ(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  ASSERT_EQ(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

TEST_F(UnixListener, IsOpenToAllFromItsCreation) {
  const auto bind_and_look = [&] {
    ::umask(0077);
    forbid_chmod();
    const auto listener = Listener::bind(listen_at("unix:" + path));
    struct stat file {};
    ::stat(path.c_str(), &file);
    const bool is_open = (file.st_mode & 0777U) == 0666;
    const bool umask_is_back = ::umask(0) == 0077;
    ::_exit(is_open && umask_is_back ? 0 : 1);
  };
  EXPECT_EXIT(bind_and_look(), ::testing::ExitedWithCode(0), "");
}

TEST_F(UnixListener, IsReachableByItsOwnFileAlone) {
  const auto listener = Listener::bind(listen_at("unix:" + path));
  EXPECT_TRUE(listener.is_reachable());
  ASSERT_EQ(::rename(path.c_str(), (path + ".old").c_str()), 0);
  EXPECT_FALSE(listener.is_reachable());
  {
    const auto other = Listener::bind(listen_at("unix:" + path));
    EXPECT_FALSE(listener.is_reachable()) << "its path leads to another socket";
    EXPECT_TRUE(other.is_reachable());
  }
  ASSERT_EQ(::rename((path + ".old").c_str(), path.c_str()), 0);
  EXPECT_TRUE(listener.is_reachable());
  EXPECT_TRUE(Listener::bind(listen_at("127.0.0.1")).is_reachable()) << "it has no file";
}

// Somebody who may rename the folder diverts the path to another one.
struct ExchangedFolder : UnixListener {
  void SetUp() override {
    ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
    ASSERT_EQ(::mkdir((path + ".other").c_str(), 0700), 0);
  }
  void exchange() const {
    ASSERT_EQ(
        ::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, (path + ".other").c_str(), RENAME_EXCHANGE),
        0);
  }
  // Creates a socket at which nobody listens.
  static void make_stale(const std::string& where) { (void)tests::bind_to("unix:" + where); }
  static bool is_there(const std::string& where) { return ::access(where.c_str(), F_OK) == 0; }
};

TEST_F(ExchangedFolder, KeepsItsStaleSocket) {
  const SocketFile file(path + "/x");
  make_stale(path + "/x");
  make_stale(path + ".other/x");
  exchange();
  file.remove_if_stale();
  EXPECT_TRUE(is_there(path + "/x"));
  EXPECT_FALSE(is_there(path + ".other/x"));
}

TEST_F(ExchangedFolder, KeepsItsFilesWhenTheListenerGoes) {
  {
    const auto listener = Listener::bind(listen_at("unix:" + path + "/x"));
    exchange();
    make_stale(path + "/x");
    EXPECT_FALSE(listener.is_reachable());
  }
  EXPECT_TRUE(is_there(path + "/x"));
  EXPECT_FALSE(is_there(path + ".other/x"));
}

TEST_F(UnixListener, DoesNotReplaceAFileThatIsNotASocket) {
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
  EXPECT_NE(second.slots[1].listener, first.slots[0].listener)
      << "each socket goes to one listener";
  EXPECT_NE(second.slots[1].listener, first.slots[1].listener);
  EXPECT_EQ(second.slots[0].launch.protocol, protocol::Protocol::echo);
  EXPECT_EQ(second.slots[1].id, 4u);
}

TEST_F(UnixListener, WhoseFileIsGoneIsCreatedAgainByAReload) {
  PassedSockets none;
  std::uint64_t next_id = 1;
  const auto settings = loaded("[[listen]]\naddress = 'unix:" + path + "'\n").settings;
  const auto first = prepare(settings, nullptr, none, next_id);
  EXPECT_EQ(prepare(settings, &first, none, next_id).slots[0].listener, first.slots[0].listener);
  ASSERT_EQ(::unlink(path.c_str()), 0);
  const auto second = prepare(settings, &first, none, next_id);
  EXPECT_NE(second.slots[0].listener, first.slots[0].listener);
  EXPECT_TRUE(second.slots[0].listener->is_reachable());
}

TEST(Generation, TellsTheAcceptorWhatToReport) {
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
