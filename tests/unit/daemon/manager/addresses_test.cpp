// Checks of the addresses of the file against this host.

#include "manager/addresses.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include "config/load.hpp"
#include "config/settings.hpp"
#include "manager/listener.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::manager {
namespace {

constexpr Host host{.first_unprivileged_port = 1024};
constexpr uid_t nobody = 65534;

// Returns the warnings for the file `text`, one in each line.
std::string warnings(const std::string& text, const Host& on = host) {
  std::string lines;
  for (const auto& warning : check_addresses(config::parse(text).value(), on)) {
    EXPECT_EQ(warning.severity, config::Severity::warning);
    lines += config::format("f", warning) + "\n";
  }
  return lines;
}

std::string at(const std::string& address) {
  return "[[listen]]\naddress = '" + address + "'\n";
}

TEST(Addresses, AreSilentWhereTheHostHasThem) {
  EXPECT_EQ(warnings(""), "");
  EXPECT_EQ(
      warnings(at("127.5.6.7") + at("0.0.0.0") + "port = 1024\n" + at("127.0.0.1") + "port = 0\n"),
      "");
}

TEST(Addresses, OfNoInterfaceAreReportedWithTheirPositions) {
  EXPECT_EQ(
      warnings(at("127.0.0.1") + at("192.0.2.1") + at("fe80::1%nosuchif")),
      "f:3:1: warning: 192.0.2.1:9999: no interface of this host has this address; 'ip address' "
      "lists the addresses\n"
      "f:5:1: warning: [fe80::1%nosuchif]:9999: this host has no interface \"nosuchif\"; 'ip "
      "link' lists its interfaces\n");
  EXPECT_NE(warnings(at("fe80::1%4000000")).find("no interface \"4000000\""), std::string::npos);
}

TEST(Addresses, InUseAreNotReportedBecauseTheDaemonMayRun) {
  auto listen = config::default_listener();
  listen.endpoint.port = 0;
  const auto running = Listener::bind(listen);
  const auto port = std::to_string(running.bound().port);
  EXPECT_EQ(warnings(at("127.0.0.1") + "port = " + port + "\n"), "");
}

TEST(Addresses, WithLowPortsNameTheRemedy) {
  const std::string file = at("127.0.0.1") + "port = 1023\n" + at("127.0.0.1") + "port = 7\n";
  EXPECT_EQ(warnings(file, {.first_unprivileged_port = 1023}),
            "f:4:1: warning: 127.0.0.1:7: ports below 1023 (net.ipv4.ip_unprivileged_port_start) "
            "need CAP_NET_BIND_SERVICE, which root has but the service does not; 'yodeld-seal on' "
            "lets systemd bind them\n");
  EXPECT_EQ(warnings(file, {.first_unprivileged_port = 0}), "");
}

struct SocketFolder : ::testing::Test {
  tests::TemporaryFolder temporary;
  const std::string& folder = temporary.path();
};

TEST_F(SocketFolder, IsFineWhereASocketCanBeCreated) {
  EXPECT_EQ(warnings(at("unix:" + folder + "/echo")), "");
}

TEST_F(SocketFolder, ReportsWhatIsInTheWay) {
  EXPECT_EQ(warnings(at("unix:" + folder)),
            "f:1:1: warning: unix:" + folder +
                ": there is already a directory at this path: remove it, or choose another path\n");
  EXPECT_EQ(warnings(at("unix:" + folder + "/no/echo")),
            "f:1:1: warning: unix:" + folder + "/no/echo: the directory \"" + folder +
                "/no\" does not exist: create it, or choose another path\n");
  temporary.write("x", "");
  EXPECT_NE(warnings(at("unix:" + folder + "/x")).find("already a file at this path"),
            std::string::npos);
  EXPECT_NE(warnings(at("unix:" + folder + "/x/echo")).find("/x\" is not a directory"),
            std::string::npos);
}

TEST_F(SocketFolder, WritableOnlyByRootIsReportedToRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "root looks for another user";
  const Host service{.user = Host::User{.name = "nobody", .uid = nobody, .gid = nobody}};
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  EXPECT_NE(warnings(at("unix:" + folder + "/echo"), service)
                .find("the service runs as nobody and cannot write to the directory \"" + folder +
                      "\"; choose a path in /run/yodel, or let systemd create the socket: "
                      "yodeld-seal on"),
            std::string::npos);
  ASSERT_EQ(::chown(folder.c_str(), nobody, nobody), 0);
  EXPECT_EQ(warnings(at("unix:" + folder + "/echo"), service), "");
  EXPECT_EQ(::geteuid(), 0u) << "it is root again";
}

TEST_F(SocketFolder, ThatIsReadOnlyIsReportedToItsUser) {
  ASSERT_EQ(::chmod(folder.c_str(), 0555), 0);
  // Root may write everywhere.
  const bool is_root = ::geteuid() == 0;
  if (is_root) ASSERT_EQ(::seteuid(nobody), 0);
  const auto said = warnings(at("unix:" + folder + "/echo"));
  if (is_root) ASSERT_EQ(::seteuid(0), 0);
  EXPECT_NE(said.find("this user cannot write to the directory"), std::string::npos) << said;
}

}  // namespace
}  // namespace yodel::manager
