// Every command against servers that behave oddly but correctly: nothing ends a welcome, and the
// network may cut a stream anywhere.

#include <chrono>
#include <cstddef>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {
namespace {

using namespace std::chrono_literals;

// How a server sends what it must send.
struct Manner {
  std::string name;
  std::string welcome = "welcome";
  std::size_t welcome_pieces = 1;
  std::size_t reply_pieces = 1;
  std::chrono::milliseconds pause{20};  // between two pieces
  std::chrono::milliseconds before_welcome{0};
  std::chrono::milliseconds before_reply{0};  // before the first reply only
  bool ends_with_last_reply = false;          // in the same segment
  bool last_has_newline = true;
  bool knows_exit = true;
};

// A command, and how many messages it sends on its one connection.
struct Call {
  std::string name;
  Words words;
  int messages;
};

void PrintTo(const Manner& manner, std::ostream* out) {
  *out << manner.name;
}
void PrintTo(const Call& call, std::ostream* out) {
  *out << call.name;
}

std::vector<Manner> manners() {
  std::vector<Manner> all{
      {.name = "EmptyLineAfterTheWelcome", .welcome = "welcome\r\n\r\n", .welcome_pieces = 3},
      {.name = "LongWelcome", .welcome = std::string(5000, 'w'), .welcome_pieces = 3},
      {.name = "LineByLine", .welcome = "hello, stranger!\nhow are you?\n", .welcome_pieces = 4},
      {.name = "RepliesInPieces", .reply_pieces = 5},
      {.name = "AllInPieces", .welcome_pieces = 5, .reply_pieces = 9, .pause = 5ms},
      {.name = "EndsWithItsLastReply", .ends_with_last_reply = true},
      {.name = "EndsWithItsLastReplyInPieces", .reply_pieces = 3, .ends_with_last_reply = true},
      {.name = "LastReplyIsNoLine", .ends_with_last_reply = true, .last_has_newline = false},
      {.name = "SlowToGreet", .before_welcome = 400ms},
      {.name = "SlowToReply", .welcome_pieces = 2, .before_reply = 400ms},
      // Longer than other_reply_pause, the wait after what looks like the reply to another message.
      {.name = "VerySlow", .welcome_pieces = 2, .before_reply = 2500ms},
      {.name = "DoesNotKnowExit", .knows_exit = false},
  };
  for (std::size_t pieces = 1; pieces <= 8; ++pieces) {
    const auto number = std::to_string(pieces);
    all.push_back({.name = "WelcomeIn" + number, .welcome = "welcome!", .welcome_pieces = pieces});
    all.push_back(
        {.name = "WelcomeLineIn" + number, .welcome = "welcome\n", .welcome_pieces = pieces});
  }
  return all;
}

std::vector<Call> calls() {
  return {{"Talk", {"talk", "a", "bob", "c"}, 3},
          {"TalkFromInput", {"talk"}, 3},
          {"Ping", {"ping", "-c", "3", "-i", "10ms", "--json"}, 3},
          {"PingAtOnce", {"ping", "-c", "3", "-i", "0", "--json"}, 3},
          {"PingConnect", {"ping", "-c", "1", "--new-connection", "--json"}, 1},
          {"Bench", {"bench", "-n", "3", "--json", "-"}, 3},
          {"BenchConnect", {"bench", "-n", "1", "--new-connection", "--json", "-"}, 1},
          {"BenchRate", {"bench", "-n", "3", "--rate", "20", "--json", "-"}, 3},
          {"BenchHold", {"bench", "--hold", "1", "-d", "100ms", "--json", "-"}, 1}};
}

// Sends `text` in pieces. If `end`, the last piece's segment also ends the server's side.
void say_in_pieces(Conversation& client, std::string_view text, std::size_t pieces,
                   std::chrono::milliseconds pause, bool end = false) {
  for (; pieces > 1; --pieces) {
    const std::size_t size = text.size() / pieces;
    client.say(text.substr(0, size));
    text.remove_prefix(size);
    std::this_thread::sleep_for(pause);
  }
  if (end) {
    client.say_and_end(text);
  } else {
    client.say(text);
  }
}

// Greets in lines until the client takes leave or, if the manner says so, until `messages` are
// answered. Returns how many were.
int serve(Conversation& client, const Manner& manner, int messages) {
  client.send_at_once();
  std::this_thread::sleep_for(manner.before_welcome);
  say_in_pieces(client, manner.welcome, manner.welcome_pieces, manner.pause);
  std::string heard;
  int answered = 0;
  for (;;) {
    const auto newline = heard.find('\n');
    if (newline == std::string::npos) {
      const auto more = client.hear();
      if (more.empty()) break;
      heard += more;
      continue;
    }
    const auto message = heard.substr(0, newline);
    heard.erase(0, newline + 1);
    if (message == "exit" && manner.knows_exit) break;
    if (message != "exit") ++answered;
    const bool last = answered == messages && manner.ends_with_last_reply;
    const bool line = !last || manner.last_has_newline;
    const std::string reply = "hello, " + message + (line ? "!\n" : "!");
    if (answered == 1) std::this_thread::sleep_for(manner.before_reply);
    say_in_pieces(client, reply, manner.reply_pieces, manner.pause, last);
    if (last) {
      client.hear_out();
      return answered;
    }
  }
  client.end_output();
  client.hear_out();
  return answered;
}

// The traffic of a server on its one connection.
struct Served {
  int messages = 0;
  std::size_t said = 0;
  std::size_t heard = 0;
};

// Expects the figures in the last line of the command's output to agree with the server's.
void expect_same(const Call& call, const std::string& output, const Served& served) {
  const auto last = output.substr(output.rfind('\n', output.size() - 2) + 1);
  const auto figures = nlohmann::json::parse(last);
  EXPECT_EQ(figures.at("connections"), 1);
  if (call.words.front() == "ping") {
    EXPECT_EQ(figures.at("received"), served.messages);
    EXPECT_EQ(figures.at("sent"), served.messages);
    return;
  }
  EXPECT_EQ(figures.at("replies"), served.messages);
  EXPECT_EQ(figures.at("latency_ms").at("round_trip").at("count"), served.messages);
  EXPECT_EQ(figures.at("bytes_sent"), served.heard);
  EXPECT_EQ(figures.at("bytes_received"), served.said);
}

class OddServers : public testing::TestWithParam<std::tuple<Manner, Call>> {};

TEST_P(OddServers, AreUnderstood) {
  const Manner& manner = std::get<0>(GetParam());
  const Call& call = std::get<1>(GetParam());
  // The here-string makes all of the input available before the client starts.
  const std::string input = call.name == "TalkFromInput" ? R"(<<< $'a\nbob\nc')" : "";
  Command command{.path = "/bin/bash",
                  .arguments = {"-c", R"(exec "$0" "$@" )" + input, binary("yodel")}};
  Served served;
  const auto outcome = run_against(
      [&](Conversation& client) {
        served.messages = serve(client, manner, call.messages);
        served.said = client.said();
        served.heard = client.heard();
      },
      with_arguments(with_arguments(command, call.words), {"-s", "PEER"}), 4 * patience);
  EXPECT_EQ(outcome.exit.status, 0) << outcome.output << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(served.messages, call.messages);
  if (call.words.front() != "talk") return expect_same(call, outcome.output, served);
  const std::string ending = manner.welcome.ends_with('\n') ? "" : "\n";
  EXPECT_EQ(outcome.output, manner.welcome + ending + "hello, a!\nhello, bob!\nhello, c!\n");
}

INSTANTIATE_TEST_SUITE_P(Commands, OddServers,
                         testing::Combine(testing::ValuesIn(manners()), testing::ValuesIn(calls())),
                         [](const auto& each) {
                           return std::get<0>(each.param).name + "_" + std::get<1>(each.param).name;
                         });

// What an echo server sends back is a stream too, which may be cut anywhere.
TEST(OddEchoServers, AreUnderstood) {
  const std::string bytes = "ten bytes\nand some more\n";
  for (const std::size_t pieces : {1U, 2U, 24U}) {
    for (const Words& words :
         {Words{"echo"}, Words{"ping", "-c", "1"}, Words{"bench", "-n", "1"}}) {
      SCOPED_TRACE(words.front() + " in " + std::to_string(pieces));
      Command command{.path = binary("yodel"), .arguments = words, .unset = {"YODEL_SERVER"}};
      command.input = bytes;
      const bool echo = words.front() == "echo";
      const auto outcome = run_against(
          [&](Conversation& client) {
            client.send_at_once();
            std::string heard = client.hear();
            for (std::string more = echo ? client.hear() : ""; !more.empty(); more = client.hear())
              heard += more;
            say_in_pieces(client, heard, pieces, 5ms, true);
            client.hear_out();
          },
          with_arguments(command, echo ? Words{"-s", "PEER", "-q"}
                                       : Words{"-s", "PEER", "--protocol", "echo"}));
      EXPECT_EQ(outcome.exit.status, 0) << outcome.output << outcome.errors;
      EXPECT_EQ(echo ? outcome.output : bytes, bytes);
    }
  }
}

}  // namespace
}  // namespace yodel::tests
