// The socket unit with which systemd listens in place of the daemon.

#include "manager/systemd/socket_unit.hpp"

#include <gtest/gtest.h>
#include <string>

#include "config/load.hpp"
#include "manager/systemd/exit_status.hpp"

namespace yodel::manager {
namespace {

std::string unit_of(const std::string& file) {
  return socket_unit(config::parse(file).value().settings);
}

TEST(SocketUnit, ListensAtTheAddressesOfTheFile) {
  EXPECT_EQ(unit_of("[[listen]]\nport = 7\n[[listen]]\naddress = '::1'\nport = 8\n"
                    "[[listen]]\naddress = 'unix:/run/yodel/echo'\n"),
            "[Socket]\nListenStream=\nListenStream=127.0.0.1:7\nListenStream=[::1]:8\n"
            "ListenStream=/run/yodel/echo\nBacklog=128\n");
}

TEST(SocketUnit, HasTheLargestBacklog) {
  const auto unit = unit_of(
      "[[listen]]\nport = 7\nbacklog = 5\n[[listen]]\nport = 8\nbacklog = 4000\n"
      "[[listen]]\nport = 9\nbacklog = 300\n");
  EXPECT_TRUE(unit.ends_with("\nBacklog=4000\n")) << unit;
}

// systemd.socket(5): "[x]:y%dev"; and '%' begins a specifier, systemd.unit(5).
TEST(SocketUnit, NamesAZoneBehindThePort) {
  const auto unit = unit_of("[[listen]]\naddress = 'fe80::1%eth0'\nport = 7\n");
  EXPECT_NE(unit.find("\nListenStream=[fe80::1]:7%%eth0\n"), std::string::npos) << unit;
}

TEST(SocketUnit, KeepsAPathFromBeingExpanded) {
  const auto unit = unit_of("[[listen]]\naddress = 'unix:/run/a%nb'\n");
  EXPECT_NE(unit.find("\nListenStream=/run/a%%nb\n"), std::string::npos) << unit;
}

TEST(SocketUnit, RefusesAPathThatAUnitWouldReadDifferently) {
  for (const std::string path : {"/run/a ", "/run/a\\"}) {
    EXPECT_THROW((void)unit_of("[[listen]]\naddress = 'unix:" + path + "'\n"), StartError) << path;
  }
  EXPECT_NE(
      unit_of("[[listen]]\naddress = 'unix:/run/a b\\c'\n").find("\nListenStream=/run/a b\\c\n"),
      std::string::npos);
}

TEST(SocketUnit, RefusesPortZero) {
  try {
    (void)unit_of("[[listen]]\nport = 7\n[[listen]]\naddress = '::1'\nport = 0\n");
    FAIL() << "systemd cannot choose a port that clients would know";
  } catch (const StartError& error) {
    EXPECT_EQ(error.status(), ExitStatus::config);
    EXPECT_EQ(std::string(error.what()), "[::1]:0: a socket unit needs a port other than 0");
  }
}

}  // namespace
}  // namespace yodel::manager
