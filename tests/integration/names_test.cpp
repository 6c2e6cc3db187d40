// Unusual names of servers: in Unicode, link-local, abstract.

#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"
#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

// Each command, with arguments that make it end soon.
const std::vector<Words> commands{
    {"talk", "a"}, {"ping", "-c", "1", "-q"}, {"bench", "-n", "1"}, {"echo", "-q"}};

Command with_server(const Words& words, const std::string& server) {
  Command command{.path = binary("yodel"), .arguments = words, .unset = {"YODEL_SERVER"}};
  return with_arguments(command, {"-s", server});
}

TEST(Names, ALinkLocalAddressNeedsItsInterface) {
  for (const Words& words : commands) {
    const auto outcome = run(with_server(words, "[fe80::1]:9"));
    EXPECT_EQ(outcome.exit.status, 2) << words.front();
    EXPECT_TRUE(
        holds(outcome.errors,
              "yodel: fe80::1: a link-local address needs its interface, such as fe80::1%eth0\n"))
        << outcome.errors;
  }
  EXPECT_TRUE(holds(run(ping("fe80::1%nosuch")).errors,
                    "cannot resolve 'fe80::1%nosuch': there is no interface 'nosuch'"));
  EXPECT_TRUE(holds(run(ping("::1%lo")).errors,
                    "cannot resolve '::1%lo': only a link-local address takes an interface"));
}

TEST(Names, AnAbstractSocketHasAnAtSign) {
  const std::string name = "yodel-test-" + std::to_string(::getpid());
  protocol::Endpoint endpoint;
  endpoint.family = protocol::Family::local;
  endpoint.path = std::string(1, '\0') + name;
  const auto address = protocol::to_socket_address(endpoint, 0);
  const posix::Descriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(::bind(listener.get(), address.get(), address.size), 0);
  ASSERT_EQ(::listen(listener.get(), 8), 0);
  Daemon daemon({.config = "[[listen]]\nname = 'any'\naddress = 'unix:/run/yodel/any'\n",
                 .wait_until_ready = false,
                 .passed = {{"any", listener.get()}}});
  daemon.wait_for_record("listening at unix:@" + name);
  const std::string server = "unix:@" + name;
  EXPECT_EQ(run(talk(server, {"alice"})).output, "welcome\nhello, alice!\n");
  const auto pinged = run(ping(server, {"-c", "1"}));
  EXPECT_TRUE(holds(pinged.output, "reply from " + server + ": seq=1")) << pinged.output;
  EXPECT_EQ(run(bench(server, {"-n", "5"})).exit.status, 0);
}

// In no locale, as in a service or a cron job, and in one with another character set.
TEST(Names, UnicodeIsLookedUpInItsDnsForm) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can replace /etc/hosts for a process";
  Daemon daemon("[[listen]]\nport = 0\naddress = '127.0.0.1'\n");
  const auto port = daemon.address().substr(daemon.address().find(':'));
  const TemporaryFolder folder;
  const auto hosts = folder.write("hosts", "127.0.0.1 localhost xn--bcher-kva.test\n");
  for (const std::string locale : {"", "C", "C.UTF-8", "en_US.ISO-8859-1"}) {
    for (const Words& words : commands) {
      if (words.front() == "echo") continue;
      Command command{
          .path = "/usr/bin/unshare",
          .arguments = {"-m", "/bin/sh", "-c",
                        R"(mount --make-rprivate / && mount --bind "$0" /etc/hosts && exec "$@")",
                        hosts, binary("yodel")},
          .set = {{"LC_ALL", locale}},
          .unset = {"YODEL_SERVER"}};
      command = with_arguments(with_arguments(command, words), {"-s", "b\u00fccher.test" + port});
      const auto outcome = run(command);
      EXPECT_EQ(outcome.exit.status, 0) << locale << words.front() << outcome.errors;
    }
  }
}

TEST(Names, ANameWithoutADnsFormIsAnError) {
  EXPECT_TRUE(
      holds(run(ping("b\xfc"
                     "cher.test"))
                .errors,
            R"(cannot resolve 'b\xfccher.test': it is not a valid internationalized name (IDNA))"));
}

}  // namespace
}  // namespace yodel::tests
