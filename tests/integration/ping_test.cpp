// `yodel ping` as a user sees it: against yodeld, against the echo services of others, and against
// servers that say exactly what a test wants.
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <poll.h>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/integration/connection.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {
namespace {

using Words = std::vector<std::string>;
using nlohmann::json;

Command ping(const std::string& server, const Words& more = {}) {
  Command command{
      .path = binary("yodel"), .arguments = {"ping", "-s", server}, .unset = {"YODEL_SERVER"}};
  command.arguments.insert(command.arguments.end(), more.begin(), more.end());
  return command;
}

// `text` with T for each time, which no test can know, and PEER for `peer`.
std::string shape(const std::string& text, const std::string& peer) {
  static const std::regex time(R"(\b[0-9]+\.[0-9]{3}\b|time [0-9]+(?= ms))");
  std::string shaped;
  std::size_t from = 0;
  for (auto at = text.find(peer); at != std::string::npos; at = text.find(peer, from)) {
    shaped += text.substr(from, at - from) + "PEER";
    from = at + peer.size();
  }
  return std::regex_replace(shaped + text.substr(from), time, "T");
}

// The lines of a ping over one connection that goes well.
std::string all_well(int count, std::size_t bytes, const std::string& what) {
  std::string text = "ping PEER: " + what + "\n";
  for (int i = 1; i <= count; ++i) {
    text += "reply from PEER: seq=" + std::to_string(i) + " bytes=" + std::to_string(bytes) +
            " time=T ms\n";
  }
  const auto n = std::to_string(count);
  return text + "--- PEER ping statistics ---\n" + n + " sent, " + n +
         " received, 0 wrong, 0 lost (0%), T ms\n"
         "time min/avg/max/mdev = T/T/T/T ms, p50/p90/p99 = T/T/T ms\n";
}

void expect_outcome(const Outcome& outcome, int status, const std::string& errors) {
  EXPECT_EQ(outcome.exit.status, status) << "signal " << outcome.exit.signal << outcome.output;
  EXPECT_EQ(outcome.errors, errors);
}

void expect_all_well(const std::string& server, const Words& words, int count, std::size_t bytes,
                     const std::string& what) {
  Words all = words;
  all.insert(all.end(), {"-i", "0", "-c", std::to_string(count)});
  const Outcome outcome = run(ping(server, all));
  expect_outcome(outcome, 0, "");
  EXPECT_EQ(shape(outcome.output, server),
            all_well(count, bytes, what + ", each behind the reply to the one before"));
}

// What `--json` has printed, an object for each line.
std::vector<json> objects(const std::string& output) {
  std::vector<json> found;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);)
    found.push_back(json::parse(line));
  return found;
}

// Runs a ping with --json that is to end with `status`, and gives its objects.
std::vector<json> json_of(const std::string& server, Words words, int status) {
  words.emplace_back("--json");
  const Outcome outcome = run(ping(server, words));
  EXPECT_EQ(outcome.exit.status, status) << outcome.output << outcome.errors;
  return objects(outcome.output);
}

int free_port() {
  const posix::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const bytes = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(socket.get(), bytes, size) != 0 || ::getsockname(socket.get(), bytes, &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

void wait_until_it_listens(const std::string& address) {
  wait_until(address + " listens", [&] {
    try {
      const Connection connection(address);
      return true;
    } catch (const std::exception&) {
      return false;
    }
  });
}

// --- yodeld ---

const std::string echo_config = "[[listen]]\nport = 0\nprotocol = 'echo'\n";

TEST(Ping, MeasuresTheGreetDialogue) {
  Daemon daemon;
  expect_all_well(daemon.address(), {}, 1, 65, "greet in lines, messages of 56 bytes");
  expect_all_well(daemon.address(), {}, 20, 65, "greet in lines, messages of 56 bytes");
  for (const int size : {1, 2, 3, 1024}) {
    const auto bytes = std::to_string(size);
    expect_all_well(daemon.address(), {"--size", bytes}, 12, static_cast<std::size_t>(size) + 9,
                    "greet in lines, messages of " + bytes + " bytes");
  }
  daemon.wait_for_record("closed: peer sent exit, 20 messages");
}

TEST(Ping, MeasuresTheGreetDialogueUnframed) {
  Daemon daemon;
  expect_all_well(daemon.address(), {"--unframed"}, 10, 64, "greet unframed, messages of 56 bytes");
}

TEST(Ping, MeasuresAnEcho) {
  Daemon daemon(echo_config);
  for (const int size : {1, 56, 65536}) {
    const auto bytes = std::to_string(size);
    expect_all_well(daemon.address(), {"--protocol", "echo", "--size", bytes}, 12,
                    static_cast<std::size_t>(size), "echo, messages of " + bytes + " bytes");
  }
}

TEST(Ping, MeasuresOverAUnixSocket) {
  const TemporaryFolder folder;
  const std::string address = "unix:" + folder.path() + "/greet";
  Daemon daemon("[[listen]]\naddress = '" + address + "'\n");
  expect_all_well(address, {}, 5, 65, "greet in lines, messages of 56 bytes");
}

TEST(Ping, MeasuresOverIpv6) {
  try {
    Daemon daemon("[[listen]]\naddress = '::1'\nport = 0\n");
    expect_all_well(daemon.address(), {}, 5, 65, "greet in lines, messages of 56 bytes");
  } catch (const std::runtime_error& error) {
    if (std::string(error.what()).find("cannot listen at [::1]") == std::string::npos) throw;
    GTEST_SKIP() << "this host has no ::1";
  }
}

TEST(Ping, TimesEachPartOfAConnection) {
  Daemon daemon;
  const Outcome outcome = run(ping(daemon.address(), {"--connect", "-c", "2", "-i", "1ms"}));
  expect_outcome(outcome, 0, "");
  const std::string parts = "connect=T first-byte=T reply=T close=T total=T ms\n";
  const std::string figures = " min/avg/max/mdev = T/T/T/T ms, p50/p90/p99 = T/T/T ms\n";
  EXPECT_EQ(shape(outcome.output, daemon.address()),
            "ping PEER: greet in lines, messages of 56 bytes, one every 1ms, each on a connection "
            "of its own\n"
            "reply from PEER: seq=1 bytes=65 " +
                parts + "reply from PEER: seq=2 bytes=65 " + parts +
                "--- PEER ping statistics ---\n" +
                "2 sent, 2 received, 0 wrong, 0 lost (0%), T ms\n" + "connect" + figures +
                "first-byte" + figures + "reply" + figures + "close" + figures + "total" + figures);
  for (int connection = 0; connection < 2; ++connection)
    daemon.wait_for_record("closed: peer sent exit");
}

TEST(Ping, TimesEachPartOfAnEchosConnection) {
  Daemon daemon(echo_config);
  const auto lines =
      json_of(daemon.address(), {"--connect", "--protocol", "echo", "-c", "3", "-i", "0"}, 0);
  ASSERT_EQ(lines.size(), 4U);
  for (int i = 0; i < 3; ++i) {
    const json& reply = lines.at(static_cast<std::size_t>(i));
    EXPECT_EQ(reply.at("type"), "reply");
    EXPECT_EQ(reply.at("seq"), i + 1);
    EXPECT_FALSE(reply.contains("first_byte_ms"));
    const double parts = reply.at("connect_ms").get<double>() + reply.at("reply_ms").get<double>() +
                         reply.at("close_ms").get<double>();
    EXPECT_NEAR(reply.at("total_ms").get<double>(), parts, 1e-6);
  }
}

// --- the services of others ---

TEST(Ping, MeasuresTheEchoOfSocat) {
  const std::string port = std::to_string(free_port());
  Program server(
      {.path = "/usr/bin/socat",
       .arguments = {"TCP-LISTEN:" + port + ",bind=127.0.0.1,reuseaddr,fork", "EXEC:/bin/cat"}});
  const std::string address = "127.0.0.1:" + port;
  wait_until_it_listens(address);
  expect_all_well(address, {"--protocol", "echo"}, 5, 56, "echo, messages of 56 bytes");
  const auto lines = json_of(address, {"--connect", "--protocol", "echo", "-c", "2", "-i", "0"}, 0);
  EXPECT_EQ(lines.back().at("received"), 2);
}

TEST(Ping, MeasuresTheEchoOfXinetd) {
  const TemporaryFolder folder;
  const std::string port = std::to_string(free_port());
  const std::string config = folder.write("xinetd.conf",
                                          "service echo\n{\n  type = INTERNAL UNLISTED\n"
                                          "  id = echo-stream\n  socket_type = stream\n"
                                          "  protocol = tcp\n  wait = no\n  bind = 127.0.0.1\n"
                                          "  port = " +
                                              port + "\n}\n");
  Program server({.path = "/usr/sbin/xinetd",
                  .arguments = {"-dontfork", "-f", config, "-pidfile", folder.path() + "/pid",
                                "-filelog", folder.path() + "/log"}});
  const std::string address = "127.0.0.1:" + port;
  wait_until_it_listens(address);
  expect_all_well(address, {"--protocol", "echo"}, 5, 56, "echo, messages of 56 bytes");
  const auto lines = json_of(address, {"--connect", "--protocol", "echo", "-c", "2", "-i", "0"}, 0);
  EXPECT_EQ(lines.back().at("received"), 2);
}

TEST(Ping, MeasuresTheClassicServer) {
  Program server({.path = "/usr/bin/python3",
                  .arguments = {YODEL_SOURCE_DIR "/tests/integration/classic_server.py", "0"},
                  .input = std::nullopt});
  const auto end = server.wait_for_output("\n");
  const std::string address = "127.0.0.1:" + server.output().substr(0, end - 1);
  const auto lines = json_of(address, {"--unframed", "-c", "2", "-i", "10ms"}, 0);
  ASSERT_EQ(lines.size(), 3U);
  // It takes a second over each.
  EXPECT_GE(lines[1].at("time_ms").get<double>(), 1000);
  EXPECT_EQ(lines[2].at("received"), 2);
}

// --- what a server may do ---

std::string message(int sequence) {
  return std::to_string(sequence) + " abcdef";
}
std::string request(int sequence) {
  return message(sequence) + "\n";
}
std::string reply(int sequence) {
  return "hello, " + message(sequence) + "!\n";
}

// Pings a server that follows `script`, with messages of 8 bytes; `lines` are what stands between
// the first line and the summary's figures.
void expect_ping(ScriptedServer::Script script, const Words& words, int status,
                 const std::string& lines, const std::string& errors = {}) {
  ScriptedServer server(std::move(script));
  Words all{"--size", "8"};
  all.insert(all.end(), words.begin(), words.end());
  const Outcome outcome = run(ping(server.name(), all));
  EXPECT_EQ(outcome.exit.status, status) << "signal " << outcome.exit.signal;
  const std::string output = shape(outcome.output, server.name());
  const auto first = output.find('\n') + 1;
  EXPECT_EQ(output.substr(first, output.find("time min", first) - first), lines);
  EXPECT_EQ(shape(outcome.errors, server.name()), errors);
  EXPECT_EQ(server.finish(), "");
}

std::string counts(const std::string& text) {
  return "--- PEER ping statistics ---\n" + text + ", T ms\n";
}

// One probe that comes to `line` because of what the server does when it has heard it.
void expect_mishap(const std::function<void(Conversation&)>& act, int status,
                   const std::string& kind, const std::string& cause, Words words = {}) {
  words.insert(words.end(), {"-c", "1"});
  const std::string count = kind == "wrong" ? "1 sent, 0 received, 1 wrong, 0 lost (0%)"
                                            : "1 sent, 0 received, 0 wrong, 1 lost (100%)";
  expect_ping(
      [&](Conversation& client) {
        client.say("welcome");
        client.expect(request(1));
        act(client);
      },
      words, status, kind + ": seq=1: PEER: " + cause + "\n" + counts(count),
      "yodel: 1 of 1 probes failed; the first: PEER: " + cause + "\n");
}

TEST(Ping, ChecksEachReplyByteForByte) {
  expect_mishap(
      [](Conversation& client) {
        client.say("hello, 1 abcdeg!\n");
        client.expect_end();
      },
      1, "wrong", R"(expected 'hello, 1 abcdef!\n', got 'hello, 1 abcdeg!\n')");
}

TEST(Ping, ChecksEachReplyOfAConnectionOfItsOwn) {
  expect_mishap(
      [](Conversation& client) {
        client.say("hello, 2 abcdef!\n");
        client.expect_end();
      },
      1, "wrong", R"(expected 'hello, 1 abcdef!\n', got 'hello, 2 abcdef!\n')", {"--connect"});
}

TEST(Ping, TakesNoMoreThanTheReply) {
  for (const Words& words : {Words{}, Words{"--connect"}}) {
    expect_mishap([](Conversation& client) { client.say(reply(1) + "x"); }, 1, "wrong",
                  R"(expected 'hello, 1 abcdef!\n', got 'hello, 1 abcdef!\nx')", words);
  }
}

TEST(Ping, ShowsTheServersError) {
  expect_mishap([](Conversation& client) { client.say("error: message longer than 3 bytes\n"); }, 1,
                "wrong", "the server's error: message longer than 3 bytes");
}

TEST(Ping, LosesWhatAServerClosesOn) {
  for (const Words& words : {Words{}, Words{"--connect"}}) {
    expect_mishap([](Conversation& client) { client.close(); }, 1, "lost",
                  "closed the connection before the reply", words);
    expect_mishap([](Conversation& client) { client.say("hello, 1"); }, 1, "lost",
                  "closed the connection before the reply; got 'hello, 1' so far", words);
    expect_mishap([](Conversation& client) { client.reset(); }, 1, "lost",
                  "connection reset by peer before the reply", words);
  }
}

TEST(Ping, LosesWhatIsNeverAnswered) {
  const std::string cause = "PEER: timed out after 50ms waiting for the reply\n";
  for (const Words& words : {Words{}, Words{"--connect"}}) {
    Words all{"--no-welcome", "--timeout", "50ms", "-c", "1"};
    all.insert(all.end(), words.begin(), words.end());
    expect_ping(
        [](Conversation& client) {
          client.expect(request(1));
          client.expect_end();
        },
        all, 5, "lost: seq=1: " + cause + counts("1 sent, 0 received, 0 wrong, 1 lost (100%)"),
        "yodel: 1 of 1 probes failed; the first: " + cause);
  }
}

TEST(Ping, LosesWhatIsNotWelcomed) {
  const std::string cause =
      "PEER: timed out after 50ms waiting for the welcome (--no-welcome, if the server sends none)"
      "\n";
  expect_ping([](Conversation& client) { client.expect_end(); }, {"-c", "1", "--timeout", "50ms"},
              5, "lost: seq=1: " + cause + counts("1 sent, 0 received, 0 wrong, 1 lost (100%)"),
              "yodel: 1 of 1 probes failed; the first: " + cause);
}

TEST(Ping, LosesWhatIsRefusedWithAWord) {
  const std::string cause = "PEER: the server's error: too many connections from your address\n";
  expect_ping(
      [](Conversation& client) { client.say("error: too many connections from your address\n"); },
      {"-c", "1"}, 1, "wrong: seq=1: " + cause + counts("1 sent, 0 received, 1 wrong, 0 lost (0%)"),
      "yodel: 1 of 1 probes failed; the first: " + cause);
}

TEST(Ping, LosesAConnectionThatIsNotClosed) {
  std::promise<void> done;
  auto ended = done.get_future();
  ScriptedServer server([&](Conversation& client) {
    client.say("welcome");
    client.expect(request(1));
    client.say(reply(1));
    client.expect("exit\n");
    client.expect_end();
    ended.wait_for(patience);
  });
  const auto lines =
      json_of(server.name(), {"--size", "8", "--connect", "-c", "1", "--timeout", "1s"}, 5);
  done.set_value();
  EXPECT_EQ(lines.at(0).at("cause"),
            server.name() + ": timed out after 1s waiting for the server to close the connection");
  EXPECT_EQ(server.finish(), "");
}

// The server answers none before it has heard all of them.
TEST(Ping, SendsOnWhileAnswersAreLate) {
  expect_ping(
      [](Conversation& client) {
        client.say("welcome");
        client.expect(request(1) + request(2) + request(3));
        client.say_bytewise(reply(1) + reply(2) + reply(3));
        client.expect("exit\n");
      },
      {"-c", "3", "-i", "1ms"}, 0,
      "reply from PEER: seq=1 bytes=17 time=T ms\nreply from PEER: seq=2 bytes=17 time=T ms\n"
      "reply from PEER: seq=3 bytes=17 time=T ms\n" +
          counts("3 sent, 3 received, 0 wrong, 0 lost (0%)"));
}

TEST(Ping, LosesAllThatIsUnderWayWithTheConnection) {
  expect_ping(
      [](Conversation& client) {
        client.say("welcome");
        client.expect(request(1) + request(2) + request(3));
        client.say(reply(1));
        client.say("hello!\n");
        client.expect_end();
      },
      {"-c", "3", "-i", "1ms"}, 1,
      "reply from PEER: seq=1 bytes=17 time=T ms\n"
      "wrong: seq=2: PEER: expected 'hello, 2 abcdef!\\n', got 'hello!\\n'\n"
      "lost: seq=3: PEER: the connection was given up after seq=2\n" +
          counts("3 sent, 1 received, 1 wrong, 1 lost (33.33%)"),
      "yodel: 2 of 3 probes failed; the first: PEER: expected 'hello, 2 abcdef!\\n', "
      "got 'hello!\\n'\n");
}

TEST(Ping, FindsTheFirstReplyBehindALongWelcome) {
  for (const Words& words : {Words{"-c", "1"}, Words{"-c", "1", "--connect"}}) {
    ScriptedServer server([](Conversation& client) {
      client.say(std::string(600, 'w'));
      client.expect(request(1));
      client.say(std::string(600, 'w') + reply(1));
      client.expect("exit\n");
    });
    Words all{"--size", "8"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(json_of(server.name(), all, 0).back().at("received"), 1);
    EXPECT_EQ(server.finish(), "");
  }
}

TEST(Ping, WaitsForNoWelcomeWhereThereIsNone) {
  expect_ping(
      [](Conversation& client) {
        client.expect(request(1));
        client.say(reply(1));
        client.expect("exit\n");
      },
      {"-c", "1", "--no-welcome"}, 0,
      "reply from PEER: seq=1 bytes=17 time=T ms\n" +
          counts("1 sent, 1 received, 0 wrong, 0 lost (0%)"));
}

TEST(Ping, EndsWithItsDeadline) {
  for (const Words& words : {Words{}, Words{"--connect"}}) {
    ScriptedServer server([](Conversation& client) { client.hear_out(); });
    Command command = ping(server.name(), {"--no-welcome", "-w", "300ms"});
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    const Outcome outcome = run(command);
    expect_outcome(outcome, 5, "yodel: " + server.name() + ": no answer within 300ms\n");
    EXPECT_TRUE(holds(outcome.output, "\n0 sent, 0 received, 0 wrong, 0 lost (0%), time "))
        << outcome.output;
    EXPECT_TRUE(holds(outcome.output, "\n1 more under way at the end, not counted\n"));
    EXPECT_EQ(server.finish(), "");
  }
}

// --- servers that are not there ---

TEST(Ping, LosesWhatIsRefusedAndGoesOn) {
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  const Outcome outcome = run(ping(address, {"-c", "2", "-i", "0"}));
  const std::string cause = "PEER: connection refused\n";
  EXPECT_EQ(outcome.exit.status, 4);
  EXPECT_EQ(shape(outcome.output, address),
            "ping PEER: greet in lines, messages of 56 bytes, each behind the reply to the one "
            "before\nlost: seq=1: " +
                cause + "lost: seq=2: " + cause +
                counts("2 sent, 0 received, 0 wrong, 2 lost (100%)"));
  EXPECT_EQ(shape(outcome.errors, address), "yodel: 2 of 2 probes failed; the first: " + cause);
}

TEST(Ping, EndsWhereTheNameCannotBeResolved) {
  const Outcome outcome = run(ping("no-such-host.invalid"), std::chrono::seconds(30));
  EXPECT_EQ(outcome.exit.status, 3);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(holds(outcome.errors, "yodel: cannot resolve 'no-such-host.invalid': "))
      << outcome.errors;
}

void expect_to_find_it_again(const Words& words) {
  auto daemon = std::make_unique<Daemon>();
  const std::string address = daemon->address();
  Words all{"-i", "5ms"};
  all.insert(all.end(), words.begin(), words.end());
  Program program(ping(address, all));
  program.wait_for_output("reply from ");
  daemon.reset();
  const auto lost = program.wait_for_output("connection refused");
  daemon = std::make_unique<Daemon>("[[listen]]\nport = " + port_of(address) + "\n");
  program.wait_for_output("reply from ", lost);
  program.signal(SIGINT);
  // What was under way when the server went may have been cut off: 1; or it was refused: 4.
  const int status = program.wait().status;
  EXPECT_TRUE(status == 1 || status == 4) << status;
  EXPECT_TRUE(holds(program.output(), " ping statistics ---\n")) << program.output();
}

TEST(Ping, FindsAServerThatComesBack) {
  expect_to_find_it_again({});
}

TEST(Ping, FindsAServerThatComesBackWithEachConnection) {
  expect_to_find_it_again({"--connect"});
}

// --- Ctrl-C ---

TEST(Ping, SumsUpAtASignal) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Daemon daemon;
    Program program(ping(daemon.address(), {"-i", "1m"}));
    program.wait_for_output("seq=1 bytes=65");
    program.signal(signal);
    EXPECT_EQ(program.wait().status, 0);
    EXPECT_TRUE(holds(program.output(), "\n1 sent, 1 received, 0 wrong, 0 lost (0%), time "))
        << program.output();
    EXPECT_EQ(program.errors(), "");
  }
}

// A probe without its answer when Ctrl-C comes counts as nothing.
TEST(Ping, IsEndedWhileItWaitsForAnAnswer) {
  for (const Words& words : {Words{}, Words{"--connect"}}) {
    std::promise<void> heard;
    ScriptedServer server([&](Conversation& client) {
      client.say("welcome");
      client.expect(request(1));
      heard.set_value();
      client.hear_out();
    });
    Words all{"--size", "8"};
    all.insert(all.end(), words.begin(), words.end());
    Program program(ping(server.name(), all));
    ASSERT_EQ(heard.get_future().wait_for(patience), std::future_status::ready);
    program.signal(SIGINT);
    EXPECT_EQ(program.wait().status, 0);
    EXPECT_TRUE(holds(program.output(), "\n0 sent, 0 received, 0 wrong, 0 lost (0%), time "))
        << program.output();
    EXPECT_TRUE(holds(program.output(), "\n1 more under way at the end, not counted\n"));
    EXPECT_EQ(server.finish(), "");
  }
}

// Whoever should read the output does not, and a write would wait for it.
TEST(Ping, IsEndedWhileItsOutputIsNotRead) {
  Daemon daemon;
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/output";
  ASSERT_EQ(::mkfifo(path.c_str(), S_IRUSR | S_IWUSR), 0);
  const posix::Descriptor reader(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  const int capacity = ::fcntl(reader.get(), F_GETPIPE_SZ);
  ASSERT_GT(capacity, 0);
  Command command = ping(daemon.address(), {"-i", "0"});
  command.output_file = path;
  Program program(command);
  wait_until("the pipe is full", [&] {
    pollfd pipe{.fd = reader.get(), .events = POLLOUT, .revents = 0};
    return ::poll(&pipe, 1, 0) == 0;
  });
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
  std::string output(static_cast<std::size_t>(capacity), '\0');
  const ssize_t size = ::read(reader.get(), output.data(), output.size());
  ASSERT_GT(size, 0);
  output.resize(static_cast<std::size_t>(size));
  EXPECT_TRUE(holds(output, " ping statistics ---\n"));
}

// A Unix socket whose backlog is full: a connect waits.
class FullSocket {
 public:
  FullSocket() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    const auto* const bytes = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(listener_.get(), bytes, sizeof address) != 0 || ::listen(listener_.get(), 0) != 0 ||
        ::connect(waiting_.get(), bytes, sizeof address) != 0) {
      throw std::runtime_error("no full socket");
    }
  }
  [[nodiscard]] std::string path() const { return folder_.path() + "/full"; }

 private:
  TemporaryFolder folder_;
  posix::Descriptor listener_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  posix::Descriptor waiting_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
};

void expect_to_be_ended_connecting(const std::string& server) {
  Program program(ping(server, {"--connect-timeout", "1440m"}));
  program.wait_for_output("ping ");
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().status, 0);
  EXPECT_TRUE(holds(program.output(), "\n0 sent, 0 received, 0 wrong, 0 lost (0%), time "))
      << program.output();
  EXPECT_EQ(program.errors(), "");
}

TEST(Ping, IsEndedWhileItConnectsToAFullSocket) {
  const FullSocket full;
  expect_to_be_ended_connecting("unix:" + full.path());
}

TEST(Ping, IsEndedWhileItConnectsToAnAddressThatIsSilent) {
  // Nobody accepts, and what the backlog does not take is not answered.
  const posix::Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* const bytes = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener.get(), bytes, size), 0);
  ASSERT_EQ(::getsockname(listener.get(), bytes, &size), 0);
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  const posix::Descriptor waiting(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(waiting.get(), bytes, size), 0);
  expect_to_be_ended_connecting("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
}

TEST(Ping, LosesAConnectThatTimesOut) {
  const FullSocket full;
  const auto lines = json_of("unix:" + full.path(), {"-c", "1", "--connect-timeout", "50ms"}, 5);
  EXPECT_EQ(lines.at(0).at("cause"), "unix:" + full.path() + ": connection timed out");
}

// --- output ---

TEST(Ping, PrintsTheSummaryAloneWhenQuiet) {
  Daemon daemon;
  const Outcome outcome = run(ping(daemon.address(), {"-q", "-c", "3", "-i", "0"}));
  expect_outcome(outcome, 0, "");
  EXPECT_EQ(shape(outcome.output, daemon.address()),
            counts("3 sent, 3 received, 0 wrong, 0 lost (0%)") +
                "time min/avg/max/mdev = T/T/T/T ms, p50/p90/p99 = T/T/T ms\n");
}

TEST(Ping, PrintsObjectsThatAddUp) {
  Daemon daemon;
  const auto lines = json_of(daemon.address(), {"-c", "50", "-i", "0"}, 0);
  ASSERT_EQ(lines.size(), 51U);
  double sum = 0;
  double most = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(lines[i].at("type"), "reply");
    EXPECT_EQ(lines[i].at("seq"), i + 1);
    EXPECT_EQ(lines[i].at("peer"), daemon.address());
    EXPECT_EQ(lines[i].at("bytes"), 65);
    const auto time = lines[i].at("time_ms").get<double>();
    sum += time;
    most = std::max(most, time);
  }
  const json& summary = lines.back();
  EXPECT_EQ(summary.at("type"), "summary");
  EXPECT_EQ(summary.at("server"), daemon.address());
  EXPECT_EQ(summary.at("sent"), 50);
  EXPECT_EQ(summary.at("received"), 50);
  EXPECT_EQ(summary.at("wrong"), 0);
  EXPECT_EQ(summary.at("lost"), 0);
  EXPECT_EQ(summary.at("loss_percent"), 0);
  EXPECT_EQ(summary.at("outstanding"), 0);
  EXPECT_GE(summary.at("elapsed_ms").get<double>(), most);
  const json& time = summary.at("time");
  EXPECT_NEAR(time.at("avg_ms").get<double>(), sum / 50, 1e-5);
  EXPECT_DOUBLE_EQ(time.at("max_ms").get<double>(), most);
  EXPECT_LE(time.at("min_ms"), time.at("p50_ms"));
  EXPECT_LE(time.at("p50_ms"), time.at("p90_ms"));
  EXPECT_LE(time.at("p90_ms"), time.at("p99_ms"));
  EXPECT_LE(time.at("p99_ms"), time.at("max_ms"));
}

TEST(Ping, TellsAProgramOfMishapsToo) {
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  const auto lines = json_of(address, {"-c", "1"}, 4);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], (json{{"type", "lost"},
                            {"seq", 1},
                            {"cause", address + ": connection refused"},
                            {"status", 4}}));
  EXPECT_EQ(lines[1].at("lost"), 1);
  EXPECT_EQ(lines[1].at("loss_percent"), 100);
  EXPECT_FALSE(lines[1].contains("time"));
}

TEST(Ping, SaysThatTheOutputCannotBeWritten) {
  Daemon daemon;
  for (const Words& words : {Words{}, Words{"-q"}, Words{"--json"}}) {
    Command command = ping(daemon.address(), {"-c", "2", "-i", "0"});
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    command.output_file = "/dev/full";
    expect_outcome(run(command), 6, "yodel: standard output: No space left on device\n");
  }
}

TEST(Ping, IsEndedByAReaderThatGoes) {
  Daemon daemon;
  Command command{.path = "/bin/sh",
                  .arguments = {"-c", R"("$0" ping -s "$1" -i 0 | head -n 2)", binary("yodel"),
                                daemon.address()}};
  EXPECT_EQ(run(command).exit.status, 0);
}

// --- the command line ---

TEST(Ping, RefusesWhatItDoesNotUnderstand) {
  const std::vector<std::pair<Words, std::string>> cases{
      {{"-c", "0"}, "--count: '0' is not a whole number from 1 to 4294967295"},
      {{"-c", "x"}, "--count: 'x' is not a whole number from 1 to 4294967295"},
      {{"--size", "65537"}, "--size: '65537' is not a whole number from 1 to 65536"},
      {{"-i", "-1"},
       "--interval: '-1' is not a length of time; expected one above zero and up to 365d, such as "
       "500ms, 2.5s, 1m30s or a number of seconds"},
      {{"-w", "0"},
       "--deadline: '0' is not a length of time; expected one above zero and up to 365d, such as "
       "500ms, 2.5s, 1m30s or a number of seconds"},
      {{"--protocol", "http"}, "--protocol: 'http' is unknown; expected greet or echo"},
      {{"--protocol", "echo", "--unframed"}, "--unframed: the echo protocol has no framing"},
      {{"--protocol", "echo", "--no-welcome"}, "--no-welcome: the echo protocol has no welcome"},
      {{"alice"}, "unexpected argument 'alice'"},
  };
  for (const auto& [words, problem] : cases) {
    expect_outcome(run(ping("127.0.0.1", words)), 2,
                   "yodel: " + problem + "\nTry 'yodel ping --help' for more information.\n");
  }
}

}  // namespace
}  // namespace yodel::tests
