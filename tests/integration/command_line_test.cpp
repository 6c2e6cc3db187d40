// Tests what the command lines of all commands of `yodel` share: the server, the source of
// connections, suggestions after a slip, and the help.
#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

Outcome run_yodel(const Words& words) {
  return run({.path = binary("yodel"), .arguments = words, .unset = {"YODEL_SERVER"}});
}

// Expects that each command line is refused with a hint and this problem.
void expect_refused(const std::vector<std::pair<Words, std::string>>& cases) {
  for (const auto& [words, problem] : cases) {
    const Outcome outcome = run_yodel(words);
    EXPECT_EQ(outcome.exit.status, 2) << problem;
    EXPECT_EQ(outcome.output, "") << problem;
    EXPECT_EQ(outcome.errors.substr(0, outcome.errors.find("\nTry ")), "yodel: " + problem);
  }
}

// --- the server ---

// Expects that ping, bench and echo find the server that the words `server` name.
void expect_found(const Words& server, const Words& service) {
  const std::vector<Words> commands{{"ping", "-c", "2", "-i", "0", "-q"}, {"bench", "-n", "2"}};
  for (Words words : commands) {
    words.insert(words.end(), server.begin(), server.end());
    words.insert(words.end(), service.begin(), service.end());
    expect_outcome(run_yodel(words), 0, "");
  }
  if (service.empty()) return;
  Words words{"echo", "-q"};
  words.insert(words.end(), server.begin(), server.end());
  expect_outcome(run({.path = binary("yodel"),
                      .arguments = words,
                      .unset = {"YODEL_SERVER"},
                      .input = "over and back"}),
                 0, "over and back", "");
}

TEST(Server, IsAnArgumentInEachForm) {
  const TemporaryFolder folder;
  const std::string local = "unix:" + folder.path() + "/socket";
  for (const std::string protocol : {"greet", "echo"}) {
    std::string text = "[[listen]]\nport = 0\nprotocol = '";
    text.append(protocol).append("'\n[[listen]]\naddress = '").append(local);
    Daemon daemon(text.append("'\nprotocol = '").append(protocol).append("'\n"));
    const Words service = protocol == "echo" ? Words{"--protocol", "echo"} : Words{};
    const std::string port = port_of(daemon.address());
    expect_found({daemon.address()}, service);
    expect_found({"127.0.0.1", port}, service);
    expect_found({"-s", daemon.address()}, service);
    expect_found({local}, service);
  }
}

TEST(Server, IsAnArgumentInEachFormOfIpv6) {
  if (!has_ipv6()) GTEST_SKIP() << "this host has no ::1";
  Daemon daemon("[[listen]]\naddress = '::1'\nport = 0\n");
  const std::string port = port_of(daemon.address());
  expect_found({"[::1]:" + port}, {});
  expect_found({"::1", port}, {});
  expect_found({"[::1]", port}, {});
}

TEST(Server, IsReadFromTheEnvironmentIfNoneIsGiven) {
  Daemon daemon;
  for (const Words& words : {Words{"ping", "-c", "1"}, {"bench", "-n", "1"}, {"talk", "alice"}}) {
    EXPECT_EQ(run({.path = binary("yodel"),
                   .arguments = words,
                   .set = {{"YODEL_SERVER", daemon.address()}}})
                  .exit.status,
              0);
  }
}

TEST(Server, IsRefusedWithARemedy) {
  const std::string number =
      " is a number, not a host; a port follows its host, as in 127.0.0.1:9999";
  const std::string port = " is not a port; expected a number from 1 to 65535";
  expect_refused({
      {{"ping", "9999"}, "'9999'" + number},
      {{"bench", "9999", "localhost"}, "'9999'" + number},
      {{"ping", "-s", "9999"}, "--server: '9999'" + number},
      {{"ping", "9999:80"}, "'9999'" + number},
      {{"ping", "localhost", "0"}, "'0'" + port},
      {{"echo", "localhost", "65536"}, "'65536'" + port},
      {{"ping", "localhost", ""}, "''" + port},
      {{"ping", "alice", "bob"},
       "'bob' is not a port; expected HOST PORT, as in localhost 9999 (names are for 'yodel "
       "talk')"},
      {{"ping", "localhost:9999", "9998"}, "'localhost:9999' already has a port: leave out '9998'"},
      {{"ping", "[::1]:9999", "9998"}, "'[::1]:9999' already has a port: leave out '9998'"},
      {{"ping", "unix:/run/x", "7"},
       "'unix:/run/x' is a Unix socket, which has no port: leave out '7'"},
      {{"ping", "localhost", "9999", "more"}, "unexpected argument 'more' after HOST and PORT"},
      {{"ping", "-s", "one", "two"},
       "the server is given twice: leave out --server 'one' or 'two'"},
      {{"ping", "localhost", "--size", "0"}, "--size: '0' is not a whole number from 1 to 65536"},
  });
  expect_outcome(
      run({.path = binary("yodel"), .arguments = {"ping"}, .set = {{"YODEL_SERVER", "9999"}}}), 2,
      "",
      "yodel: YODEL_SERVER: '9999'" + number + "\nTry 'yodel ping --help' for more information.\n");
}

// --- where a connection comes from ---

TEST(Origin, IsTheSourceThatWasChosen) {
  for (const Words& words : {Words{"ping", "-c", "1", "-I", "127.0.0.2"},
                             {"ping", "-c", "1", "--source", "127.0.0.2"},
                             {"ping", "-c", "1", "--source", "127.0.0.2", "--new-connection"},
                             {"bench", "-n", "1", "--source", "127.0.0.2"}}) {
    Daemon daemon;
    expect_outcome(run_yodel([&] {
                     Words all = words;
                     all.push_back(daemon.address());
                     return all;
                   }()),
                   0, "");
    daemon.wait_for_record("connection from 127.0.0.2:");
  }
  Daemon daemon("[[listen]]\nport = 0\nprotocol = 'echo'\n");
  expect_outcome(run(echo(daemon.address(), {"-q", "--source", "127.0.0.2"})), 0, "", "");
  daemon.wait_for_record("connection from 127.0.0.2:");
}

// Two interfaces are up, and only one of them leads to the daemon.
constexpr const char* interfaces = R"(
  ip link set lo up && ip link add v0 type veth peer name v1 && ip link set v0 up &&
    ip link set v1 up || exit 77
  "$1/yodeld" -c "$2" 2>/dev/null &
  daemon=$!
  trap 'kill $daemon' EXIT
  echo begun
  until "$1/yodel" ping -c 1 -q >/dev/null 2>&1; do kill -0 $daemon || exit 1; done
  for command in 'ping -c 1' 'bench -n 1'; do
    for option in '--interface lo' '--interface v0'; do
      if "$1/yodel" $command $option --connect-timeout 300ms >/dev/null 2>&1; then
        echo "$command $option: found"
      else
        echo "$command $option: not found"
      fi
    done
  done
  "$1/yodel" ping -c 1 -I lo -I 127.0.0.2 >/dev/null; echo "both: $?"
)";

TEST(Origin, IsTheInterfaceThatWasChosen) {
  const TemporaryFolder folder;
  const std::string config = folder.write("yodeld.toml", "[[listen]]\nport = 9999\n");
  const std::string programs = binary("yodel").substr(0, binary("yodel").rfind('/'));
  const Outcome outcome = run({.path = "/usr/bin/unshare",
                               .arguments = {"--map-root-user", "--net", "bash", "-uc", interfaces,
                                             "bash", programs, config},
                               .unset = {"YODEL_SERVER"}});
  if (outcome.output.empty()) GTEST_SKIP() << "no network namespace: " << outcome.errors;
  EXPECT_EQ(outcome.output,
            "begun\nping -c 1 --interface lo: found\nping -c 1 --interface v0: not found\n"
            "bench -n 1 --interface lo: found\nbench -n 1 --interface v0: not found\nboth: 0\n")
      << outcome.errors;
}

TEST(Origin, IsRefusedIfThisHostOrTheServerCannotUseIt) {
  expect_refused({
      {{"ping", "-I", "no-such-device"}, "--interface: there is no interface 'no-such-device'"},
      {{"bench", "--interface", "an-interface-with-a-long-name"},
       "--interface: there is no interface 'an-interface-with-a-long-name'"},
      {{"ping", "-I", "192.0.2.1"}, "--source: 192.0.2.1 is not an address of this host"},
      {{"echo", "--source", "192.0.2.1"}, "--source: 192.0.2.1 is not an address of this host"},
      {{"bench", "--source", "127.0.0.1", "--source", "192.0.2.1"},
       "--source: 192.0.2.1 is not an address of this host"},
      {{"ping", "--source", "lo"}, "--source: 'lo' is not an IPv4 or IPv6 address"},
      {{"ping", "-I", ""}, "-I: the interface name is empty"},
      {{"ping", "-6", "--source", "127.0.0.1"},
       "--source: 127.0.0.1 is an IPv4 address, and --ipv6 was given (or an IPv6 --source)"},
      {{"ping", "-I", "lo", "unix:/run/x"}, "unix:/run/x is a Unix socket: leave out --interface"},
  });
  const Outcome other = run_yodel({"ping", "--source", "127.0.0.1", "::1"});
  expect_outcome(other, 3, "",
                 "yodel: ::1 is an IPv6 address, and --ipv4 was given (or an IPv4 --source)\n");
}

// --- the habits of ping and of load generators ---

TEST(Habits, OfPingWork) {
  Daemon daemon;
  expect_outcome(
      run(ping(daemon.address(), {"-n", "-q", "-c", "2", "-i", "0", "-W", "5", "-w", "10"})), 0,
      "");
  // yodel waits this long for a server that says nothing.
  const Outcome late = run_against([](Conversation& client) { client.expect_end(); },
                                   ping("PEER", {"-c", "1", "-W", ".05"}));
  EXPECT_EQ(late.exit.status, 5);
  EXPECT_TRUE(holds(late.output, "timed out after 50ms")) << late.errors;
}

TEST(Habits, OfLoadGeneratorsWork) {
  Daemon daemon;
  expect_outcome(run(bench(daemon.address(), {"-c", "2", "-t", "2", "-n", "4"})), 0, "");
  expect_outcome(run(bench(daemon.address(), {"-c", "2", "-d", "50ms"})), 0, "");
}

// --- slips ---

TEST(Slips, AreAnsweredWithASuggestion) {
  expect_refused({
      {{"pign"}, "unknown command 'pign'; did you mean 'ping'?"},
      {{"help", "pign"}, "unknown command 'pign'; did you mean 'ping'?"},
      {{"alice"}, "unknown command 'alice'; expected talk, ping, bench, echo, fetch or help"},
      {{"localhost", "ping"},
       "unknown command 'localhost'; the command comes first: yodel ping ..."},
      {{"-s", "localhost", "talk", "alice"},
       "unexpected argument '-s'; the command comes first: yodel talk ..."},
      {{"--versoin"}, "unexpected argument '--versoin'; did you mean '--version'?"},
      {{"ping", "--conut", "5"}, "unexpected argument '--conut'; did you mean '--count'?"},
      {{"ping", "localhost", "--conut=5"},
       "unexpected argument '--conut=5'; did you mean '--count'?"},
      {{"bench", "--new-conection"},
       "unexpected argument '--new-conection'; did you mean '--new-connection'?"},
      {{"talk", "--sevrer", "localhost"},
       "unexpected argument '--sevrer'; did you mean '--server'?"},
      {{"fetch", "--locatoin"}, "unexpected argument '--locatoin'; did you mean '--location'?"},
      {{"ping", "-x"}, "unexpected argument '-x'"},
      {{"ping", "--elephant"}, "unexpected argument '--elephant'"},
      {{"ping", "--interval"}, "--interval needs a time, such as 200ms"},
      {{"ping", "-c"}, "--count needs a number"},
      {{"ping", "-I"}, "-I needs an address of this host or an interface name"},
      {{"ping", "--protocol"}, "--protocol needs a name, such as greet"},
      {{"bench", "--json"}, "--json needs a file name"},
      {{"talk", "-s"}, "--server needs a server, such as localhost:9999"},
      {{"fetch", "--max-size"}, "--max-size needs a size, such as 64KiB"},
      {{"ping", "--quiet=3"}, "--quiet takes no value"},
      {{"fetch"}, "no URL given"},
      {{"bench", "-d", "1s", "-n", "5"},
       "--count cannot be combined with --duration: either one ends the run"},
  });
}

// These options have one name each now.
TEST(Names, ThatWereSynonymsAreGone) {
  expect_refused({
      {{"ping", "--connect"}, "unexpected argument '--connect'"},
      {{"ping", "--deadline", "1"}, "unexpected argument '--deadline'"},
      {{"bench", "--payload", "1"}, "unexpected argument '--payload'"},
      {{"bench", "--requests", "1"}, "unexpected argument '--requests'"},
      {{"bench", "-k"}, "unexpected argument '-k'"},
  });
}

// --- the help ---

TEST(Help, HasNoLineOfMoreThan80Columns) {
  const auto yodel = binary("yodel");
  for (const Words& command : {Words{yodel}, Words{yodel, "talk"}, Words{yodel, "ping"},
                               Words{yodel, "bench"}, Words{yodel, "echo"}, Words{yodel, "fetch"},
                               Words{yodel, "help"}, Words{binary("yodeld")}}) {
    SCOPED_TRACE(command.back());
    Words words(command.begin() + 1, command.end());
    words.emplace_back("--help");
    std::istringstream help(run({.path = command.front(), .arguments = words}).output);
    std::size_t lines = 0;
    for (std::string line; std::getline(help, line); ++lines)
      EXPECT_LE(line.size(), 80U) << line;
    EXPECT_GT(lines, 8U);
  }
}

TEST(Help, HasNoNoise) {
  const std::string ping = run_yodel({"ping", "--help"}).output;
  EXPECT_TRUE(
      ping.starts_with("Measure how long a server takes to answer\n\n"
                       "Usage: yodel ping [OPTION]... [HOST[:PORT] | HOST PORT]\n"))
      << ping;
  EXPECT_TRUE(holds(ping, "\n  -4, --ipv4                Use IPv4 only\n")) << ping;
  EXPECT_TRUE(holds(ping,
                    "\n  -i, --interval TIME       Time between probes; 0 sends each as soon as "
                    "the\n                            last is answered (default: 1s)\n"))
      << ping;
  EXPECT_TRUE(
      holds(run_yodel({"fetch", "--help"}).output, "\nUsage: yodel fetch [OPTION]... URL\n"));
}

}  // namespace
}  // namespace yodel::tests
