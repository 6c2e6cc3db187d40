// Runs yodel as its users do.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {

using Words = std::vector<std::string>;

// The limit for tests with millions of bytes or thousands of connections, which must also pass with
// sanitizers, on a busy machine, and on one that forks slowly: 50,000 sessions took 75 s where a
// page fault takes 15 µs.
constexpr std::chrono::seconds long_patience{300};

// Return the command `yodel COMMAND SERVER ARGUMENTS` (talk takes the server with -s), with
// YODEL_SERVER unset.
[[nodiscard]] Command talk(const std::string& server, const Words& arguments = {});
[[nodiscard]] Command ping(const std::string& server, const Words& arguments = {});
[[nodiscard]] Command echo(const std::string& server, const Words& arguments = {});
[[nodiscard]] Command bench(const std::string& server, const Words& arguments = {});

// Expect a program to have ended with this status and these texts. Without `output`, any output
// will do.
void expect_outcome(const Outcome& outcome, int status, const std::string& output,
                    const std::string& errors);
void expect_outcome(const Outcome& outcome, int status, const std::string& errors);

// Runs a program against a server that follows `script`, and expects the script to succeed. PEER
// stands for the server's name in the program's arguments and in the outcome.
[[nodiscard]] Outcome run_against(ScriptedServer::Script script, Command command,
                                  std::chrono::milliseconds time = patience);

}  // namespace yodel::tests
