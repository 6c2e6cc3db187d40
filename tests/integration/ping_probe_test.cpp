// `yodel ping --protocol probe`: each time is split into the server's share and the network's, and
// the server's session is named.
#include <chrono>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/ping_output.hpp"
#include "tests/integration/probe_script.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/repeated_server.hpp"

namespace yodel::tests {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

const std::string first_line =
    "ping PEER: probe, 8-byte messages, each as soon as the last is answered\n";
const std::string session_line = "echo-1 session 3-17, seen from 192.0.2.9:40112\n";

Words probing(const Words& more) {
  Words words{"--protocol", "probe", "--size", "8", "-i", "0"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Runs a ping with --json at such a server.
std::vector<json> json_of(ScriptedServer::Script script, const Words& words) {
  const auto outcome =
      run_against(std::move(script), with_arguments(ping("PEER", probing(words)), {"--json"}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.output << outcome.errors;
  return json_lines(outcome.output);
}

// Returns the shape of what a ping prints at such a server.
std::string text_of(ScriptedServer::Script script, const Words& words, int status = 0) {
  const auto outcome = run_against(std::move(script), ping("PEER", probing(words)));
  EXPECT_EQ(outcome.exit.status, status) << outcome.output << outcome.errors;
  expect_narrow(outcome.output);
  return shape(outcome.output, "PEER");
}

TEST(PingProbe, SplitsEachTime) {
  EXPECT_EQ(text_of(answer_probes(5ms, 5ms, 2), {"-c", "2"}),
            first_line + session_line +
                "reply from PEER: seq=1 bytes=76 time=T ms server=T ms network=T ms\n"
                "reply from PEER: seq=2 bytes=76 time=T ms server=T ms network=T ms\n" +
                counts("2 sent, 2 received, 0 wrong, 0 lost (0%)") +
                table({"time", "server", "network"}));
}

// The server takes most of the time, and says so.
TEST(PingProbe, TellsAServerThatIsSlowFromANetworkThatIs) {
  const auto lines = json_of(answer_probes(40ms, 40ms, 2), {"-c", "2"});
  ASSERT_EQ(lines.size(), 4U);
  for (std::size_t i = 1; i <= 2; ++i) {
    const auto time = lines[i].at("time_ms").get<double>();
    EXPECT_EQ(lines[i].at("server_ms"), 40);
    EXPECT_GE(time, 40);
    EXPECT_NEAR(lines[i].at("network_ms").get<double>(), time - 40, 1e-6);
  }
  const auto& summary = lines.back();
  EXPECT_EQ(summary.at("server_share").at("p99_ms"), 40);
  EXPECT_LE(summary.at("network_share").at("max_ms").get<double>(),
            summary.at("time").at("max_ms").get<double>() - 40 + 1e-6);
  EXPECT_EQ(summary.at("unknown_shares"), 0);
}

TEST(PingProbe, TimesEachPartOfAConnection) {
  EXPECT_EQ(text_of(answer_probes(1us, 0ms, 1), {"-c", "1", "--new-connection"}),
            "ping PEER: probe, 8-byte messages, each as soon as the last is answered, on new "
            "connections\n" +
                session_line +
                "reply from PEER: seq=1 bytes=76 connect=T first-byte=T reply=T close=T total=T ms "
                "server=T ms network=T ms\n" +
                counts("1 sent, 1 received, 0 wrong, 0 lost (0%)") +
                table({"connect", "first-byte", "reply", "close", "total", "server", "network"}));
}

TEST(PingProbe, LeavesOutSharesThatCannotBeTrue) {
  // The clock was set back, and forward.
  for (const auto server : {-1ns, std::chrono::nanoseconds(1h), -std::chrono::nanoseconds(1h)}) {
    std::string expected = first_line;
    expected.append(session_line)
        .append("reply from PEER: seq=1 bytes=76 time=T ms\n")
        .append(counts("1 sent, 1 received, 0 wrong, 0 lost (0%)"))
        .append("server and network are unknown for 1 reply: a clock was set\n")
        .append(figures);
    EXPECT_EQ(text_of(answer_probes(server, 0ms, 1), {"-c", "1"}), expected);
    const auto lines = json_of(answer_probes(server, 0ms, 1), {"-c", "1"});
    EXPECT_FALSE(lines.at(1).contains("server_ms"));
    EXPECT_FALSE(lines.at(1).contains("network_ms"));
    EXPECT_FALSE(lines.back().contains("server_share"));
    EXPECT_EQ(lines.back().at("unknown_shares"), 1);
  }
  // The figures are those of the other replies.
  const auto lines = json_of(
      [](Conversation& client) {
        client.say(probe_header);
        for (const auto server : {-1ns, 0ns, std::chrono::nanoseconds(1h), 1ns})
          client.say(probe_reply(hear_request(client), server));
      },
      {"-c", "4"});
  EXPECT_EQ(lines.back().at("unknown_shares"), 2);
  EXPECT_EQ(lines.back().at("server_share").at("max_ms"), 1e-6);
  EXPECT_EQ(lines.back().at("server_share").at("min_ms"), 0);
}

// Over a Unix socket no request has a stamp, and nothing pretends that it has one.
TEST(PingProbe, SaysNothingOfSharesThatAreNotMeasured) {
  const TemporaryFolder folder;
  const auto script = [](Conversation& client) {
    client.say("probe/1 host=echo-1 session=3-17 listener=/run/a peer.pid=77 peer.uid=0\n");
    const auto request = hear_request(client);
    client.say(request.id + " tx=" + stamp(1s) + " data=" + request.data + "\n");
    client.hear_out();
  };
  ScriptedServer text(script, "unix:" + folder.path() + "/a");
  const auto outcome = run(ping(text.name(), probing({"-c", "1"})));
  EXPECT_EQ(shape(outcome.output, text.name()),
            first_line + "echo-1 session 3-17, seen as process 77\n" +
                "reply from PEER: seq=1 bytes=39 time=T ms\n" +
                counts("1 sent, 1 received, 0 wrong, 0 lost (0%)") + figures);
  EXPECT_EQ(text.finish(), "");
  ScriptedServer other(script, "unix:" + folder.path() + "/b");
  const auto lines = json_lines(run(ping(other.name(), probing({"-c", "1", "--json"}))).output);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0].at("seen_pid"), 77);
  EXPECT_FALSE(lines[0].contains("syn"));
  EXPECT_FALSE(lines[1].contains("server_ms"));
  EXPECT_FALSE(lines[2].contains("server_share"));
  EXPECT_FALSE(lines[2].contains("unknown_shares"));
}

TEST(PingProbe, NamesTheSessionInJson) {
  auto session = json_of(answer_probes(0ns, 0ms, 1), {"-c", "1"}).at(0);
  EXPECT_EQ(session.erase("at"), 1);
  EXPECT_NE(session.at("local").get<std::string>().find("127.0.0.1:"), std::string::npos);
  session.erase("local");
  EXPECT_EQ(session, (json{{"type", "session"},
                           {"peer", "PEER"},
                           {"host", "echo-1"},
                           {"session", "3-17"},
                           {"listener", "0.0.0.0:7007"},
                           {"seen_from", "192.0.2.9:40112"},
                           {"seen_at", "198.51.100.7:7007"},
                           {"syn", {{"ttl", 57}, {"mss", 1360}, {"options", "mss,sack"}}}}));
}

TEST(PingProbe, SaysThatTheServerHasNoSyn) {
  const std::string header = "probe/1 host=echo-1 session=3-17 peer=192.0.2.9:40112\n";
  EXPECT_EQ(text_of(answer_probes(0ns, 0ms, 1, header), {"-c", "1"}).substr(first_line.size(), 93),
            "echo-1 session 3-17, seen from 192.0.2.9:40112; it has not kept the SYN (SYN "
            "cookies?)\nreply ");
  EXPECT_TRUE(json_of(answer_probes(0ns, 0ms, 1, header), {"-c", "1"}).at(0).at("syn").is_null());
}

TEST(PingProbe, NamesEachSession) {
  RepeatedServer server([](Conversation& client) {
    client.say(probe_header);
    client.say(probe_reply(hear_request(client), 0ns));
  });
  const auto outcome = run(ping(server.name(), probing({"-c", "2"})));
  const auto text = shape(outcome.output, server.name());
  EXPECT_TRUE(holds(text, session_line + "reply from PEER: seq=1")) << text;
  EXPECT_TRUE(holds(text, " ms\n" + session_line + "reply from PEER: seq=2")) << text;
  EXPECT_FALSE(holds(run(ping(server.name(), probing({"-c", "2", "-q"}))).output, "session"));
  EXPECT_EQ(server.finish(), "");
}

TEST(PingProbe, EscapesWhatAServerSays) {
  const auto text = text_of(answer_probes(0ns, 0ms, 1,
                                          "probe/1 host=%1b[31m%0aa%e2%80%ae session=%00 peer=" +
                                              std::string(5000, 'x') + " syn.ttl=1\n"),
                            {"-c", "1"});
  EXPECT_TRUE(holds(text, "\\x1b[31m\\na\\xe2\\x80\\xae session \\x00, seen from " +
                              std::string(100, 'x') + "\n"))
      << text;
}

// Requests that the server reads together would share a stamp.
TEST(PingProbe, SendsNothingBeforeTheReply) {
  const auto outcome =
      run_against(answer_probes(0ns, 50ms, 3),
                  ping("PEER", {"--protocol", "probe", "--size", "8", "-i", "1ms", "-c", "3"}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.output << outcome.errors;
}

TEST(PingProbe, ReportsWrongReplies) {
  const auto wrong = [](const std::string& said) {
    const auto text = text_of(
        [&](Conversation& client) {
          client.say(probe_header);
          hear_request(client);
          client.say(said);
          client.hear_out();
        },
        {"-c", "1"}, 1);
    const auto begin = text.find("PEER: ", text.find("seq=1")) + 6;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(wrong("1 error=size=9: at most 8\n"), "the server says: size=9: at most 8");
  EXPECT_EQ(wrong("error: the line is too long\n"), "the server says: the line is too long");
  EXPECT_EQ(wrong("2 tx=1.000000000 data=1 abcdef\n"),
            "expected the reply to '1', got '2 tx=1.000000000 data=1 abcdef\\n' (its ID is another "
            "one)");
  EXPECT_EQ(wrong("1 tx=1.000000000 data=1 abcdeg\n"),
            "expected the reply to '1', got '1 tx=1.000000000 data=1 abcdeg\\n' (its data differs "
            "from byte 8 on)");
  EXPECT_EQ(wrong("nonsense"), "expected the reply to '1', got 'nonsense'");
}

}  // namespace
}  // namespace yodel::tests
