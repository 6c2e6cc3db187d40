// yodel as its users run it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {

using Words = std::vector<std::string>;

// For millions of bytes or thousands of connections, on a machine with other work and with
// sanitizers.
constexpr std::chrono::seconds long_patience{100};

// `yodel COMMAND SERVER ARGUMENTS`, of talk with -s, whatever the test's environment says of a
// server.
[[nodiscard]] Command talk(const std::string& server, const Words& arguments = {});
[[nodiscard]] Command ping(const std::string& server, const Words& arguments = {});
[[nodiscard]] Command echo(const std::string& server, const Words& arguments = {});
[[nodiscard]] Command bench(const std::string& server, const Words& arguments = {});

// Expects that a program has ended like this. Without `output` any is right.
void expect_outcome(const Outcome& outcome, int status, const std::string& output,
                    const std::string& errors);
void expect_outcome(const Outcome& outcome, int status, const std::string& errors);

// Runs a program against a server that follows `script`, and expects that nothing goes wrong there.
// PEER stands for the server's name, in the program's arguments and in what is returned.
[[nodiscard]] Outcome run_against(ScriptedServer::Script script, Command command,
                                  std::chrono::milliseconds time = patience);

}  // namespace yodel::tests
