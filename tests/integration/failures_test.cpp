// Every way in which each command can fail: its exit status and its message. Scripts see only the
// status, so it must be right.

#include <cstdint>
#include <gtest/gtest.h>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {
namespace {

// The error, at the server or on our side.
enum class Wrong : std::uint8_t { no_such_host, refused, no_answer, wrong_answer, cut, disk_full };

struct Failure {
  std::string command;
  Wrong wrong;
  int status;
  std::string text;  // part of the message; PEER stands for the server
};
void PrintTo(const Failure& failure, std::ostream* out) {
  *out << failure.command << ", status " << failure.status;
}

const std::vector<Failure>& all_failures() {
  static const std::vector<Failure> all{
      {"talk", Wrong::no_such_host, 3, "yodel: cannot resolve 'nosuch.invalid': "},
      {"ping", Wrong::no_such_host, 3, "yodel: cannot resolve 'nosuch.invalid': "},
      {"bench", Wrong::no_such_host, 3, "yodel: cannot resolve 'nosuch.invalid': "},
      {"echo", Wrong::no_such_host, 3, "yodel: cannot resolve 'nosuch.invalid': "},
      {"fetch", Wrong::no_such_host, 3, "nosuch.invalid"},
      {"talk", Wrong::refused, 4, "yodel: PEER: connection refused\n"},
      {"ping", Wrong::refused, 4, "lost: seq=1: PEER: connection refused\n"},
      {"bench", Wrong::refused, 4, "yodel: PEER: 1 failed: connection refused\n"},
      {"echo", Wrong::refused, 4, "yodel: PEER: connection refused\n"},
      {"fetch", Wrong::refused, 4, "PEER"},
      {"talk", Wrong::no_answer, 5, "yodel: PEER: timed out after 1s"},
      {"ping", Wrong::no_answer, 5, "PEER: timed out after 1s"},
      {"bench", Wrong::no_answer, 5, "yodel: PEER: 1 failed: timed out after "},
      {"echo", Wrong::no_answer, 5, "PEER: timed out after 1s"},
      {"fetch", Wrong::no_answer, 5, "timed out"},
      {"talk", Wrong::wrong_answer, 1, "yodel: PEER: expected 'hello, alice!', got 'nonsense"},
      {"ping", Wrong::wrong_answer, 1, "PEER: expected 'hello, "},
      {"bench", Wrong::wrong_answer, 1, "yodel: PEER: 1 failed: wrong reply (expected "},
      {"echo", Wrong::wrong_answer, 1, "PEER: byte 1 "},
      {"fetch", Wrong::wrong_answer, 1, "yodel: "},
      {"talk", Wrong::cut, 1,
       "yodel: PEER: the server closed the connection before answering 'alice'"},
      {"ping", Wrong::cut, 1, "PEER: the server closed the connection"},
      {"bench", Wrong::cut, 1,
       "yodel: PEER: 1 failed: closed early (the server closed the connection before "},
      {"echo", Wrong::cut, 1, "PEER: the server closed the connection"},
      {"fetch", Wrong::cut, 1, "yodel: "},
      {"talk", Wrong::disk_full, 6, "yodel: standard output: No space left on device\n"},
      {"ping", Wrong::disk_full, 6, "yodel: standard output: No space left on device\n"},
      {"bench", Wrong::disk_full, 6, "yodel: standard output: No space left on device\n"},
      {"echo", Wrong::disk_full, 6, "yodel: standard output: No space left on device\n"},
      {"fetch", Wrong::disk_full, 6, "yodel: /dev/full: No space left on device\n"},
  };
  return all;
}

bool speaks_first(const std::string& command) {
  return command == "talk" || command == "ping" || command == "bench";
}

// Sends what comes before the request, and receives the request.
std::string begin(Conversation& peer, const std::string& command) {
  if (speaks_first(command)) peer.say("welcome");
  return peer.hear();
}

void answer_rightly(Conversation& peer, const std::string& command) {
  std::string heard = begin(peer, command);
  if (heard.empty()) return;  // the client could not print the welcome
  if (command == "fetch") {
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
  } else if (command == "echo") {
    peer.say(heard);
  } else {
    heard.pop_back();
    peer.say("hello, " + heard + "!\n");
    peer.hear();
  }
}

ScriptedServer::Script script_of(const Failure& failure) {
  return [command = failure.command, wrong = failure.wrong](Conversation& peer) {
    switch (wrong) {
      case Wrong::no_such_host:
      case Wrong::refused: break;
      case Wrong::no_answer:
        begin(peer, command);
        peer.hear_out();
        break;
      case Wrong::wrong_answer:
        begin(peer, command);
        peer.say("nonsense, nonsense\n");
        break;
      case Wrong::cut:
        begin(peer, command);
        if (command == "fetch") peer.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        break;
      case Wrong::disk_full: answer_rightly(peer, command); break;
    }
  };
}

Command command_for(const Failure& failure, const std::string& server) {
  Command command{.path = binary("yodel"),
                  .arguments = {failure.command, "--timeout", "1s"},
                  .unset = {"YODEL_SERVER"}};
  auto& words = command.arguments;
  const bool full = failure.wrong == Wrong::disk_full;
  if (failure.command == "fetch") {
    words.insert(words.end(), {"http://" + server + "/file", "-o", full ? "/dev/full" : "-"});
    return command;
  }
  words.insert(words.end(), {"-s", server});
  if (failure.command == "talk") words.emplace_back("alice");
  if (failure.command == "ping") words.insert(words.end(), {"-c", "1", "-i", "0"});
  if (failure.command == "bench") words.insert(words.end(), {"-n", "1", "--new-connection"});
  // End of input would end the server's script.
  if (failure.command == "echo") command.input = std::nullopt;
  if (full) command.output_file = "/dev/full";
  return command;
}

class Failures : public ::testing::TestWithParam<Failure> {};

TEST_P(Failures, HaveTheirStatusAndSayWhatHappened) {
  const Failure& failure = GetParam();
  ScriptedServer server(script_of(failure));
  const std::string peer = server.name();
  if (failure.wrong == Wrong::refused) server.close();
  const std::string where =
      failure.wrong == Wrong::no_such_host ? "nosuch.invalid:" + port_of(peer) : peer;
  Program program(command_for(failure, where));
  if (failure.command == "echo") program.write("some bytes");
  const auto exit = program.wait();
  EXPECT_EQ(exit.status, failure.status) << "signal " << exit.signal;
  const std::string text = replaced(failure.text, "PEER", peer);
  const auto all = program.output() + program.errors();
  const auto at = all.find(text);
  EXPECT_NE(at, std::string::npos) << "expected: " << text << "\ngot: " << all;
  if (failure.command == "ping") {
    EXPECT_EQ(all.find(text, at + 1), std::string::npos) << "reported twice: " << all;
  }
}

std::string name_of_test(const ::testing::TestParamInfo<Failure>& test) {
  const char* what = "";
  switch (test.param.wrong) {
    case Wrong::no_such_host: what = "NoSuchHost"; break;
    case Wrong::refused: what = "Refused"; break;
    case Wrong::no_answer: what = "NoAnswer"; break;
    case Wrong::wrong_answer: what = "WrongAnswer"; break;
    case Wrong::cut: what = "Cut"; break;
    case Wrong::disk_full: what = "DiskFull"; break;
  }
  return test.param.command + "_" + what;
}

INSTANTIATE_TEST_SUITE_P(Client, Failures, ::testing::ValuesIn(all_failures()), name_of_test);

}  // namespace
}  // namespace yodel::tests
