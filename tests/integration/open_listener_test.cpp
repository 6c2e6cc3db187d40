// Listeners that are open to every network: the daemon reports them.

#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

constexpr const char* open_text =
    " is open to every network that reaches this host; to restrict it, list "
    "networks in 'allow', yodeld.toml(5)";

TEST(OpenListener, IsReportedAtTheStartAtAReloadAndInTheStatus) {
  Daemon daemon("[[listen]]\naddress = '0.0.0.0'\nport = 0\n");
  const auto where = daemon.address();
  daemon.wait_for_record("notice: " + where + open_text);
  daemon.wait_for_notification("0 crashed; open to every network: " + where);
  const auto with = [&](const std::string& allow) {
    return "[[listen]]\naddress = '0.0.0.0'\nport = " + port_of(where) + "\nallow = " + allow;
  };
  // This makes it a deliberate choice.
  daemon.reload(with("['0.0.0.0/0']\n"));
  EXPECT_EQ(Connection(where).receive(7), "welcome");
  const auto status = daemon.wait_for_notification("1 served, 0 refused, 0 crashed");
  EXPECT_FALSE(holds(status, "open to")) << status;
  const auto reloaded = daemon.program().wait_for_errors("info: reloaded ");
  EXPECT_EQ(daemon.records(open_text).size(), 1U);
  daemon.reload(with("[]\n"));
  daemon.wait_for_notification("; open to every network: " + where);
  daemon.program().wait_for_errors(where + open_text, reloaded);
}

TEST(OpenListener, CanBeAPassedSocket) {
  const auto socket = listen_at("0.0.0.0:0");
  Daemon daemon({.config = "[[listen]]\nname = 'all'\n", .passed = {{"all", socket.fd.get()}}});
  daemon.wait_for_record("notice: " + socket.address + open_text);
}

TEST(OpenListener, IsAWarningOfCheck) {
  const TemporaryFolder folder;
  const auto check = [&](const std::string& text) {
    const auto file = folder.write("y.toml", text);
    auto outcome = run({.path = binary("yodeld"), .arguments = {"--config", file, "--check"}});
    EXPECT_EQ(outcome.exit.status, 0);
    EXPECT_TRUE(holds(outcome.output, "y.toml: ok\n"));
    return outcome.errors;
  };
  const auto all = check("[[listen]]\naddress = '0.0.0.0'\n\n[[listen]]\naddress = '::'\n");
  EXPECT_TRUE(holds(all, std::string("y.toml:1:1: warning: 0.0.0.0:9999") + open_text)) << all;
  EXPECT_TRUE(holds(all, std::string("y.toml:4:1: warning: [::]:9999") + open_text)) << all;
  const std::vector<std::string> quiet{
      "", "[[listen]]\naddress = '0.0.0.0'\nallow = ['192.0.2.0/24']\n",
      "[[listen]]\naddress = '::'\nallow = ['::/0']\n",
      "[[listen]]\naddress = '0.0.0.0'\nproxy_from = ['192.0.2.0/24']\n",
      "[[listen]]\naddress = 'unix:/run/yodel/echo'\n"};
  for (const auto& text : quiet)
    EXPECT_FALSE(holds(check(text), "is open to every network")) << text;
}

}  // namespace
}  // namespace yodel::tests
