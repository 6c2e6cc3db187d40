// How the daemon starts, and the errors when it cannot.

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

Outcome run_yodeld(std::vector<std::string> arguments) {
  return run({.path = binary("yodeld"), .arguments = std::move(arguments)});
}

Daemon::Setup with_passed(const BoundSocket& socket, const std::string& name,
                          const std::string& config) {
  return {.config = config, .passed = {{name, socket.fd.get()}}};
}

TEST(Start, ShowsHelpAndVersion) {
  const auto help = run_yodeld({"--help"});
  EXPECT_EQ(help.exit.status, 0);
  EXPECT_TRUE(holds(help.output, "--config")) << help.output;
  EXPECT_EQ(help.errors, "");
  const auto version = run_yodeld({"--version"});
  EXPECT_EQ(version.exit.status, 0);
  EXPECT_TRUE(version.output.starts_with("yodeld "));
}

TEST(Start, AnUnknownOptionIsAUsageError) {
  const auto outcome = run_yodeld({"--chekc"});
  EXPECT_EQ(outcome.exit.status, 64);
  EXPECT_TRUE(holds(outcome.errors, "--chekc")) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
}

TEST(Start, ReportsThatAnAddressIsInUse) {
  const auto taken = listen_anywhere();
  const TemporaryFolder folder;
  const auto outcome = run_yodeld(
      {"--config", folder.write("y.toml", "[[listen]]\nport = " + port_of(taken.address) + "\n")});
  EXPECT_EQ(outcome.exit.status, 69);
  EXPECT_EQ(
      outcome.errors,
      "yodeld: cannot listen at " + taken.address +
          ": the address is in use by another process or another [[listen]]; 'ss -ltnp' shows "
          "the process\n");
}

TEST(Start, ReportsWhatIsInTheWayOfAUnixSocket) {
  const TemporaryFolder folder;
  const auto start = [&](const std::string& path) {
    return run_yodeld(
        {"--config", folder.write("y.toml", "[[listen]]\naddress = 'unix:" + path + "'\n")});
  };
  const auto folder_there = start(folder.path());
  EXPECT_EQ(folder_there.exit.status, 69);
  EXPECT_EQ(folder_there.errors,
            "yodeld: cannot listen at unix:" + folder.path() +
                ": there is already a directory at this path: remove it, or choose another path\n");
  const auto no_folder = start(folder.path() + "/no/echo");
  EXPECT_EQ(no_folder.exit.status, 71);
  EXPECT_TRUE(holds(no_folder.errors,
                    "the directory \"" + folder.path() + "/no\" does not exist: create it"))
      << no_folder.errors;
}

TEST(Start, ReportsWhatALowPortNeeds) {
  std::uint32_t first = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first;
  if (first < 2) GTEST_SKIP() << "every user may bind low ports here";
  const TemporaryFolder folder;
  const std::string file = folder.write("y.toml", "[[listen]]\nport = 1\n");
  const auto outcome = run(unprivileged_daemon({"--config", file}, folder));
  EXPECT_EQ(outcome.exit.status, 77);
  EXPECT_TRUE(holds(outcome.errors, "ports below " + std::to_string(first))) << outcome.errors;
  EXPECT_TRUE(holds(outcome.errors, "'yodeld-seal on' lets systemd bind them")) << outcome.errors;
}

TEST(Start, ReportsThatItNeedsProc) {
  if (sanitized) GTEST_SKIP() << "the sanitizers need it too";
  const std::vector<std::string> without_proc = {"-rm", "sh", "-c",
                                                 R"(mount -t tmpfs none /proc && exec "$0" "$@")"};
  auto arguments = without_proc;
  arguments.emplace_back("/bin/true");
  if (run({.path = "/usr/bin/unshare", .arguments = arguments}).exit.status != 0) {
    GTEST_SKIP() << "cannot mount anything here";
  }
  const TemporaryFolder folder;
  arguments = without_proc;
  for (const auto& each :
       {binary("yodeld"), std::string("-c"), folder.write("y.toml", "[[listen]]\nport = 0\n")})
    arguments.push_back(each);
  const auto outcome = run({.path = "/usr/bin/unshare", .arguments = arguments});
  EXPECT_EQ(outcome.exit.status, 71);
  EXPECT_EQ(outcome.errors,
            "yodeld: cannot find yodel-acceptor without a readable /proc: "
            "/proc/self/exe: No such file or directory\n");
}

TEST(Start, ReportsThatAnAddressIsNotOfThisHost) {
  const TemporaryFolder folder;
  const auto outcome =
      run_yodeld({"--config", folder.write("y.toml", "[[listen]]\naddress = '192.0.2.1'\n")});
  EXPECT_EQ(outcome.exit.status, 69);
  EXPECT_TRUE(holds(outcome.errors, "no interface of this host has this address"))
      << outcome.errors;
}

TEST(Start, ReportsThatItHasNoPermission) {
  const TemporaryFolder folder;
  const std::string file = folder.write("y.toml", "[[listen]]\naddress = 'unix:/yodel-test'\n");
  const auto outcome = run(unprivileged_daemon({"--config", file}, folder));
  EXPECT_EQ(outcome.exit.status, 77);
  EXPECT_TRUE(holds(outcome.errors, "cannot listen at unix:/yodel-test: permission denied"))
      << outcome.errors;
}

TEST(Start, ReportsThatItsAcceptorIsMissing) {
  const TemporaryFolder folder;
  const std::string copy = folder.path() + "/yodeld";
  std::filesystem::copy_file(binary("yodeld"), copy);
  const auto outcome = run(
      {.path = copy, .arguments = {"--config", folder.write("y.toml", "[[listen]]\nport = 0\n")}});
  EXPECT_EQ(outcome.exit.status, 71);
  EXPECT_TRUE(holds(outcome.errors, "cannot find yodel-acceptor")) << outcome.errors;
}

TEST(Start, NotifiesSystemdWhenItIsReady) {
  Daemon daemon(Daemon::Setup{.wait_until_ready = false});
  daemon.wait_for_notification("READY=1");
  daemon.wait_for_record(" is ready: ");
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive(7), "welcome");
  daemon.wait_for_notification("STATUS=sessions: 1 of 1000 active, 1 served, 0 refused, 0 crashed");
}

TEST(Start, WorksWithClosedStandardDescriptors) {
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/greet";
  Daemon::Setup setup;
  setup.config = "[[listen]]\naddress = '" + where + "'\n";
  setup.program = "/bin/sh";
  setup.arguments_before = {"-c", R"(exec "$0" "$@" <&- >&- 2>&-)", binary("yodeld")};
  setup.wait_until_ready = false;
  Daemon daemon(setup);
  daemon.wait_for_notification("READY=1");
  Connection peer(where);
  peer.send("exit\n");
  EXPECT_EQ(peer.receive_rest(), "welcome") << "without any of the log";
  EXPECT_EQ(daemon.stop().status, 0);
}

TEST(Start, WorksIfTheParentIgnoresSigchld) {
  Daemon::Setup setup;
  setup.program = "/bin/sh";
  setup.arguments_before = {"-c", R"(trap '' CHLD; exec "$0" "$@")", binary("yodeld")};
  Daemon daemon(setup);
  Connection peer(daemon.address());
  EXPECT_EQ(peer.receive(7), "welcome");
  peer.send("exit\n");
  peer.receive_rest();
  EXPECT_EQ(daemon.stop().status, 0);
}

TEST(Start, DoesNotWaitForAServiceManagerThatDoesNotRead) {
  const TemporaryFolder folder;
  const std::string where = "unix:" + folder.path() + "/greet";
  Daemon::Setup setup;
  setup.config = "[[listen]]\naddress = '" + where + "'\n";
  setup.wait_until_ready = false;
  setup.fill_notify_socket = true;
  Daemon daemon(setup);
  daemon.wait_for_record(" is ready: ");
  Connection peer(where);
  peer.send("exit\n");
  EXPECT_EQ(peer.receive_rest(), "welcome");
  daemon.program().signal(SIGHUP);
  daemon.wait_for_record("reloaded ");
  daemon.wait_for_notification("READY=1");  // once it reads, it gets what has waited
  daemon.wait_for_notification("RELOADING=1");
  daemon.wait_for_notification("READY=1");
  EXPECT_EQ(daemon.stop().status, 0);
}

TEST(Start, ChecksWithoutServing) {
  const TemporaryFolder folder;
  const auto file = folder.write("y.toml", "[[listen]]\nport = 9999\nbacklog = 1000000\n");
  const auto taken = listen_anywhere();
  const auto outcome = run_yodeld({"--config", file, "--check"});
  EXPECT_EQ(outcome.exit.status, 0);
  EXPECT_EQ(outcome.output, file + ": ok\n");
  EXPECT_TRUE(outcome.errors.starts_with(file + ":3:11: warning: backlog = 1000000 at "))
      << outcome.errors;
}

TEST(Start, ChecksWhetherThisHostHasTheAddresses) {
  const TemporaryFolder folder;
  const auto file =
      folder.write("y.toml", "[[listen]]\nport = 0\n[[listen]]\naddress = '192.0.2.1'\n");
  const auto outcome = run_yodeld({"--config", file, "--check"});
  EXPECT_EQ(outcome.exit.status, 0) << "the address may exist when the service starts";
  EXPECT_EQ(outcome.output, file + ": ok\n");
  EXPECT_EQ(outcome.errors, file +
                                ":3:1: warning: 192.0.2.1:9999: no interface of this host has this "
                                "address; 'ip address' lists the addresses\n");
}

TEST(Start, PrintsSettingsThatItReadsBackTheSame) {
  const TemporaryFolder folder;
  const auto file = folder.write(
      "y.toml",
      "[[listen]]\naddress = '::'\nport = 1\n[[listen]]\naddress = 'unix:/a b'\nprotocol='echo'\n"
      "[greet]\nwelcome = \"\\\"\\\\\\n\\u0001ü\"\ndelay = '1500ms'\n");
  const auto first = run_yodeld({"--config", file, "--print-config"});
  EXPECT_EQ(first.exit.status, 0);
  EXPECT_EQ(first.errors, "");
  const auto again =
      run_yodeld({"--config", folder.write("again.toml", first.output), "--print-config"});
  EXPECT_EQ(again.exit.status, 0) << again.errors;
  EXPECT_EQ(again.output, first.output);
  EXPECT_TRUE(holds(first.output, "'unix:/a b'") || holds(first.output, "\"unix:/a b\""));
}

TEST(Start, ReportsThatItsOutputIsLost) {
  const auto outcome =
      run({.path = binary("yodeld"),
           .arguments = {"--config", YODEL_SOURCE_DIR "/config/yodeld.toml", "--print-config"},
           .output_file = "/dev/full"});
  EXPECT_EQ(outcome.exit.status, 71);
  EXPECT_TRUE(holds(outcome.errors, "No space left on device")) << outcome.errors;
}

TEST(PassedSockets, AreMatchedByAddress) {
  const auto socket = listen_anywhere();
  Daemon daemon(with_passed(socket, "unknown", "[[listen]]\nport = " + port_of(socket.address)));
  EXPECT_EQ(daemon.address(), socket.address);
  Connection peer(socket.address);
  EXPECT_EQ(peer.receive(7), "welcome");
}

// ListenStream=@name, systemd.socket(5), here with control characters that a terminal would obey.
TEST(PassedSockets, ThatAreAbstractAreShownWithTheirNames) {
  const std::string name = "yodel-" + std::to_string(::getpid());
  protocol::Endpoint endpoint;
  endpoint.family = protocol::Family::local;
  endpoint.path = std::string(1, '\0') + name + "\n\u009b";
  const auto address = to_socket_address(endpoint, 0);
  const BoundSocket socket{posix::Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
  ASSERT_EQ(::bind(socket.fd.get(), address.get(), address.size), 0);
  ASSERT_EQ(::listen(socket.fd.get(), 10), 0);
  Daemon daemon(with_passed(socket, "office", "[[listen]]\nname = 'office'\n"));
  const std::string shown = "unix:@" + name + R"(\x0a\xc2\x9b)";
  const auto record = daemon.wait_for_record("listening at " + shown + " (greet");
  EXPECT_TRUE(holds(record, " listener=" + shown + " ")) << record;
  EXPECT_EQ(title_of(daemon.acceptor()), "yodeld: acceptor " + shown);
  const posix::Descriptor peer(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(peer.get(), address.get(), address.size), 0);
  EXPECT_EQ(sessions_of(daemon.acceptor(), 1).size(), 1u);
}

TEST(PassedSockets, AreMatchedByName) {
  const auto socket = listen_anywhere();
  Daemon daemon(with_passed(socket, "office", "[[listen]]\nname = 'office'\nport = 0\n"));
  EXPECT_EQ(daemon.address(), socket.address);
  Connection peer(socket.address);
  EXPECT_EQ(peer.receive(7), "welcome");
}

// One listener fits by its name, another by its address: the name counts, and callers there always
// meet one of the two.
TEST(PassedSockets, GoToOneListenerEach) {
  const auto socket = listen_anywhere();
  const std::string named = "[[listen]]\nname = 'office'\nport = 0\nprotocol = 'echo'\n";
  const std::string there = "[[listen]]\nport = " + port_of(socket.address) + "\n";
  auto setup = with_passed(socket, "office", there + named);
  {
    setup.wait_until_ready = false;
    Daemon daemon(setup);
    EXPECT_EQ(daemon.program().wait().status, 69);
    EXPECT_TRUE(holds(daemon.program().errors(), "cannot listen at " + socket.address))
        << daemon.program().errors();
  }
  setup.config = named;
  setup.wait_until_ready = true;
  Daemon daemon(setup);
  daemon.reload(there + named);
  daemon.wait_for_record("reload failed");
  Connection peer(socket.address);
  peer.send("x");
  EXPECT_EQ(peer.receive(1), "x");
  daemon.reload(there);
  EXPECT_EQ(Connection(socket.address).receive(7), "welcome");
}

TEST(PassedSockets, ThatAReloadDropsAreUsedAgainWhenALaterOneAddsThem) {
  const auto socket = listen_anywhere();
  const std::string there = "[[listen]]\nport = " + port_of(socket.address) + "\n";
  const std::string elsewhere = "[[listen]]\nport = 0\n";
  Daemon daemon(with_passed(socket, "office", there));
  for (int i = 0; i < 2; ++i) {
    daemon.reload(elsewhere);
    Connection waiting(socket.address);  // systemd keeps listening
    daemon.reload(there);
    EXPECT_EQ(waiting.receive(7), "welcome");
  }
  EXPECT_TRUE(daemon.records("reload failed").empty());
}

TEST(PassedSockets, ThatNoListenerClaimsAreReported) {
  auto socket = listen_anywhere();
  Daemon daemon(with_passed(socket, "office", "[[listen]]\nport = 0\n"));
  daemon.wait_for_record(" from systemd is not used: no [[listen]] has its name or address");
  EXPECT_NE(daemon.address(), socket.address);
}

TEST(PassedSockets, ThatDoNotListenAreAnError) {
  BoundSocket socket{posix::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), {}};
  auto setup = with_passed(socket, "office", "");
  setup.wait_until_ready = false;
  Daemon daemon(setup);
  EXPECT_EQ(daemon.program().wait().status, 78);
  EXPECT_TRUE(holds(daemon.program().errors(), "expected a listening stream socket"))
      << daemon.program().errors();
}

}  // namespace
}  // namespace yodel::tests
