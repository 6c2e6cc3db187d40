// `yodel echo` with bytes of its own making.
#include <cstddef>
#include <gtest/gtest.h>
#include <regex>
#include <string>
#include <utility>

#include "tests/integration/client.hpp"
#include "tests/integration/echo_servers.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"

namespace yodel::tests {
namespace {

TEST(EchoCommand, MakesBytes) {
  const EchoServer server(EchoServer::Kind::yodeld);
  // Neither is used: one ends at once, and nothing can be written to the other.
  Command command = with_input(echo(server.address(), {"--size", "3M"}), "");
  command.output_file = "/dev/full";
  const Outcome outcome = run(command, long_patience);
  EXPECT_EQ(outcome.exit.status, 0);
  const std::regex summary(
      R"(3\.1 MB in [0-9.]+ m?s, [0-9.]+ [kMG]B/s, every byte as it was sent\n)");
  EXPECT_TRUE(std::regex_match(outcome.errors, summary)) << outcome.errors;
}

TEST(EchoCommand, MakesBytesForATime) {
  const EchoServer server(EchoServer::Kind::yodeld);
  const Outcome outcome = run(echo(server.address(), {"-d", "50ms", "--json", "-"}), long_patience);
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_TRUE(outcome.output.starts_with(R"({"bytes":)")) << outcome.output;
  EXPECT_FALSE(holds(outcome.output, R"("bytes":0,)")) << outcome.output;
}

TEST(EchoCommand, FindsALostByteAmongThoseItMade) {
  const std::size_t place = 2'000'001;
  const auto script = [&](Conversation& client) {
    std::size_t heard = 0;
    for (std::string part = client.hear(); !part.empty(); part = client.hear()) {
      const std::size_t before = std::exchange(heard, heard + part.size());
      if (before <= place && place < heard) part.erase(place - before, 1);
      client.say(part);
      if (heard > place) break;
    }
    client.hear_out();
  };
  const Outcome outcome = run_against(script, echo("PEER", {"--size", "3M"}), long_patience);
  EXPECT_EQ(outcome.exit.status, 1);
  EXPECT_EQ(outcome.output, "");
  EXPECT_TRUE(holds(outcome.errors, ": byte 2000002 is wrong: expected '")) << outcome.errors;
}

TEST(EchoCommand, RefusesASizeThatIsNone) {
  expect_outcome(
      run(echo("127.0.0.1:1", {"--size", "1X"})), 2, "",
      "yodel: --size: '1X' is not a size; expected one above zero, such as 65536, 64K or "
      "1GiB\nTry 'yodel echo --help' for more information.\n");
}

}  // namespace
}  // namespace yodel::tests
