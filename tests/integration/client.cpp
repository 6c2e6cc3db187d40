#include "tests/integration/client.hpp"

#include <gtest/gtest.h>
#include <utility>

#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

Command client(const Words& command, const Words& arguments) {
  return with_arguments({.path = binary("yodel"), .arguments = command, .unset = {"YODEL_SERVER"}},
                        arguments);
}

}  // namespace

Command talk(const std::string& server, const Words& arguments) {
  return client({"talk", "-s", server}, arguments);
}
Command ping(const std::string& server, const Words& arguments) {
  return client({"ping", server}, arguments);
}
Command echo(const std::string& server, const Words& arguments) {
  return client({"echo", server}, arguments);
}
Command bench(const std::string& server, const Words& arguments) {
  return client({"bench", server}, arguments);
}

void expect_outcome(const Outcome& outcome, int status, const std::string& output,
                    const std::string& errors) {
  expect_outcome(outcome, status, errors);
  EXPECT_EQ(outcome.output, output);
}

void expect_outcome(const Outcome& outcome, int status, const std::string& errors) {
  EXPECT_EQ(outcome.exit.status, status) << "signal " << outcome.exit.signal << outcome.output;
  EXPECT_EQ(outcome.errors, errors);
}

Outcome run_against(ScriptedServer::Script script, Command command,
                    std::chrono::milliseconds time) {
  ScriptedServer server(std::move(script));
  for (auto& argument : command.arguments)
    argument = replaced(std::move(argument), "PEER", server.name());
  Outcome outcome = run(command, time);
  for (auto* const text : {&outcome.output, &outcome.errors})
    *text = replaced(std::move(*text), server.name(), "PEER");
  EXPECT_EQ(server.finish(), "");
  return outcome;
}

}  // namespace yodel::tests
