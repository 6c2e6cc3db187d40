#include "config/load.hpp"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <vector>

#include "config/print.hpp"
#include "protocol/protocol.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/unit/bad_files.hpp"

namespace yodel::config {
namespace {

using std::chrono::milliseconds;

Loaded good(std::string_view text) {
  const auto loaded = parse(text);
  if (loaded) return *loaded;
  for (const Diagnostic& fault : loaded.error())
    ADD_FAILURE() << format("text", fault);
  return {};
}

std::string all_of(const Diagnostics& faults) {
  std::string text;
  for (const Diagnostic& fault : faults)
    text += format("found", fault) + "\n";
  return text;
}

// --- good files ---

TEST(GoodFile, HasDefaultsForMissingKeys) {
  for (const std::string_view text :
       {"", "\n", "# nothing", "\xef\xbb\xbf", "\xef\xbb\xbf# nothing\r\n", "[greet]",
        R"([[listen]]
           [[listen]]
           protocol = 'echo'
           [[listen]]
           protocol = 'probe'
           idle_timeout = '2h'
           peer_timeout = '0s')",
        "[log]\n[greet]\n[probe]\n[shutdown]\n[limits]\n", "greet = {}", "probe = {}"}) {
    const Loaded loaded = good(text);
    EXPECT_EQ(loaded.settings, default_settings()) << text;
    EXPECT_EQ(loaded.backlogs, std::vector<Location>(3)) << text;
    EXPECT_EQ(loaded.sessions, Location{}) << text;
  }
}

TEST(GoodFile, CanSetEveryKey) {
  const Settings settings = good(R"(
[[listen]]
name     = "front.door-1_A"
address  = "::"
port     = 0
backlog  = 1048576
socket_buffer = 5000
protocol = "echo"
idle_timeout = "1d"
peer_timeout = "24d"

[greet]
welcome      = "hi\n"
delay        = "1s500ms"
message_size = 65536
framing      = "unframed"

[probe]
max_size = 65536

[limits]
sessions            = 4194304
sessions_per_source = 4_194_304
idle_timeout        = "365d"
session_timeout     = "1h"
peer_timeout        = "3s"

[shutdown]
grace = "0"

[log]
level  = "warning"
target = "stderr"
format = "json"
)")
                                .settings;
  ASSERT_EQ(settings.listeners.size(), 1U);
  const Listen& listen = settings.listeners.front();
  EXPECT_EQ(listen.name, "front.door-1_A");
  EXPECT_EQ(to_string(listen.endpoint), "[::]:0");
  EXPECT_EQ(listen.backlog, 1048576);
  EXPECT_EQ(listen.socket_buffer, 5000U);
  EXPECT_EQ(listen.protocol, protocol::Protocol::echo);
  EXPECT_EQ(listen.idle_timeout, std::chrono::hours(24));
  EXPECT_EQ(listen.peer_timeout, max_peer_timeout);
  EXPECT_EQ(settings.probe.max_size, 65536U);
  const Greet greet{.welcome = "hi\n",
                    .delay = milliseconds(1500),
                    .message_size = 65536,
                    .framing = protocol::Framing::unframed};
  EXPECT_EQ(settings.greet, greet);
  const Limits limits{.sessions = 4194304,
                      .sessions_per_source = 4194304,
                      .idle_timeout = std::chrono::hours(365 * 24),
                      .session_timeout = std::chrono::hours(1),
                      .peer_timeout = std::chrono::seconds(3)};
  EXPECT_EQ(settings.limits, limits);
  EXPECT_EQ(settings.shutdown.grace, milliseconds(0));
  EXPECT_EQ(settings.log.level, Level::warning);
  EXPECT_EQ(settings.log.target, Target::standard_error);
  EXPECT_EQ(settings.log.format, Format::json);
}

TEST(GoodFile, DefaultsToThePortOfTheProtocol) {
  const auto place = [](std::string_view text) {
    return to_string(good(text).settings.listeners.front().endpoint);
  };
  EXPECT_EQ(place("[[listen]]"), "127.0.0.1:9999");
  EXPECT_EQ(place("[[listen]]\nprotocol = 'echo'"), "127.0.0.1:9998");
  EXPECT_EQ(place("[[listen]]\nprotocol = 'probe'"), "127.0.0.1:9997");
  EXPECT_EQ(place("[[listen]]\naddress = '::'\nprotocol = 'echo'"), "[::]:9998");
  EXPECT_EQ(place("[[listen]]\nport = 9999\nprotocol = 'echo'"), "127.0.0.1:9999");
}

TEST(GoodFile, DefaultsToSocketBuffersThatMessagesNeed) {
  const auto buffer = [](std::string_view text) {
    return good(text).settings.listeners.front().socket_buffer;
  };
  EXPECT_EQ(buffer(""), 65536U);
  EXPECT_EQ(buffer("[greet]\nmessage_size = 65536"), 131072U);
  EXPECT_EQ(buffer("[[listen]]\n[greet]\nmessage_size = 40000"), 80000U);
  EXPECT_EQ(buffer("[[listen]]\nsocket_buffer = 0\n[greet]\nmessage_size = 65536"), 0U);
  EXPECT_EQ(buffer("[[listen]]\nprotocol = 'echo'"), 0U) << "the kernel's";
  EXPECT_EQ(buffer("[[listen]]\naddress = 'unix:/x'"), 0U);
  EXPECT_EQ(buffer("[[listen]]\nprotocol = 'probe'"), 65536U);
  EXPECT_EQ(buffer("[[listen]]\nprotocol = 'probe'\n[probe]\nmax_size = 65536"), 131072U);
  EXPECT_EQ(buffer("[[listen]]\nprotocol = 'probe'\naddress = 'unix:/x'"), 0U);
}

TEST(GoodFile, LetsTheKeysOfAListenerWinOverLimits) {
  const Settings settings = good(R"(
[[listen]]
idle_timeout = "0s"
[[listen]]
port = 1
peer_timeout = "7s"
[[listen]]
port = 2
[limits]
sessions = 5
idle_timeout = "1s"
peer_timeout = "2s"
)")
                                .settings;
  const auto limits = [&](std::size_t i) {
    return limits_of(settings.listeners.at(i), settings.limits);
  };
  EXPECT_EQ(limits(0).idle_timeout, milliseconds(0));
  EXPECT_EQ(limits(0).peer_timeout, std::chrono::seconds(2));
  EXPECT_EQ(limits(1).idle_timeout, std::chrono::seconds(1));
  EXPECT_EQ(limits(1).peer_timeout, std::chrono::seconds(7));
  EXPECT_EQ(limits(2), settings.limits);
}

TEST(GoodFile, IsTheSameInEveryForm) {
  const Settings expected = good("[greet]\nwelcome = \"x\"\nmessage_size = 16\n").settings;
  for (const std::string_view text :
       {"greet.welcome = \"x\"\ngreet.message_size = 16\n",
        "greet = {welcome = \"x\", message_size = 16}\n",
        "  [ greet ]  # here\n  \"welcome\"='x' # there\n\t'message_size'\t=\t0x10",
        "[greet]\r\nwelcome = \"x\"\r\nmessage_size = 0b1_0000\r\n",
        "\xef\xbb\xbf[greet]\nmessage_size = +16\nwelcome = \"\"\"\n\\\n   x\"\"\"\n",
        "[greet]\nwelcome = '''\nx'''\nmessage_size = 0o20\n"}) {
    EXPECT_EQ(good(text).settings, expected) << text;
  }
}

TEST(GoodFile, CanHaveManyListeners) {
  const Settings settings = good(R"(
listen = [
  {address = "0.0.0.0"},  # both families
  {address = "::"},
  {port = 0}, {port = 0},
  {address = "unix:/run/a"}, {address = "unix:/run/b", protocol = "echo"},
  {address = "127.0.0.2", port = 7, name = "two"},
]
)")
                                .settings;
  std::vector<std::string> endpoints;
  for (const Listen& listen : settings.listeners)
    endpoints.push_back(to_string(listen.endpoint));
  EXPECT_EQ(endpoints,
            (std::vector<std::string>{"0.0.0.0:9999", "[::]:9999", "127.0.0.1:0", "127.0.0.1:0",
                                      "unix:/run/a", "unix:/run/b", "127.0.0.2:7"}));
}

TEST(GoodFile, CanHaveEveryProtocol) {
  for (const auto protocol : protocol::all_protocols) {
    const std::string text = "listen = [{protocol = '" + std::string(name(protocol)) + "'}]";
    const Settings settings = good(text).settings;
    EXPECT_EQ(settings.listeners[0].protocol, protocol);
    EXPECT_EQ(good(print(settings)).settings, settings)
        << "printed settings are read back the same";
  }
}

TEST(GoodFile, AcceptsTheEndsOfEachRange) {
  EXPECT_EQ(good("[[listen]]\nport = 65535\nbacklog = 1").settings.listeners[0].backlog, 1);
  EXPECT_EQ(good("[limits]\nsessions = 1").settings.limits.sessions, 1U);
  EXPECT_EQ(good("[greet]\nmessage_size = 1").settings.greet.message_size, 1U);
  const std::string name(64, 'x');
  EXPECT_EQ(good("[[listen]]\nname = '" + name + "'").settings.listeners[0].name, name);
  const std::string path = "unix:/" + std::string(106, 'x');
  EXPECT_EQ(
      address_text(good("[[listen]]\naddress = '" + path + "'").settings.listeners[0].endpoint),
      path);
  const std::string welcome(4096, 'x');
  EXPECT_EQ(good("[greet]\nwelcome = '" + welcome + "'").settings.greet.welcome, welcome);
}

TEST(GoodFile, CanContainUnicode) {
  EXPECT_EQ(good("# \xe2\x82\xac\n[greet]\nwelcome = \"gr\xc3\xbc\xc3\x9f \\U0001F600\"\n")
                .settings.greet.welcome,
            "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80");
  EXPECT_EQ(good("[greet]\nwelcome = \"a\\u0000b\"\n").settings.greet.welcome.size(), 3U);
}

TEST(GoodFile, ReportsThePlacesOfItsParts) {
  const Loaded loaded =
      good("[limits]\nsessions = 5\n\n  [[listen]]\nbacklog = 7\n[[listen]]\nport = 1\n");
  EXPECT_EQ(loaded.sessions, (Location{2, 12}));
  EXPECT_EQ(loaded.listeners, (std::vector<Location>{{4, 3}, {6, 1}}));
  EXPECT_EQ(loaded.backlogs, (std::vector<Location>{{5, 11}, {0, 0}}));
  EXPECT_EQ(good("").listeners, std::vector<Location>(3));
}

// --- the shipped file ---

const char* const shipped_path = YODEL_SOURCE_DIR "/config/yodeld.toml";

TEST(ShippedFile, ContainsTheDefaults) {
  const auto loaded = load(shipped_path);
  ASSERT_TRUE(loaded.has_value()) << all_of(loaded.error());
  EXPECT_EQ(loaded->settings, default_settings());
}

TEST(ShippedFile, IsShort) {
  // At an upgrade, each changed line makes dpkg ask every administrator who has edited the file.
  std::ifstream file(shipped_path);
  const auto lines = std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  EXPECT_LE(lines, 35);
}

// --- bad files ---

class BadFileTest : public testing::TestWithParam<tests::BadFile> {};

TEST_P(BadFileTest, IsReportedInPlace) {
  const auto& [name, text, expected] = GetParam();
  const auto loaded = parse(text);
  ASSERT_FALSE(loaded.has_value());
  const Diagnostics& faults = loaded.error();
  ASSERT_EQ(faults.size(), expected.size()) << all_of(faults);
  for (std::size_t i = 0; i < faults.size(); ++i) {
    EXPECT_EQ(faults[i].severity, Severity::error);
    EXPECT_EQ(faults[i].where, (Location{expected[i].line, expected[i].column}))
        << format("found", faults[i]);
    EXPECT_TRUE(expected[i].is_in(faults[i].text))
        << format("found", faults[i]) << "\nexpected: " << expected[i].text;
  }
}

std::string bad_file_name(const testing::TestParamInfo<tests::BadFile>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(All, BadFileTest, testing::ValuesIn(tests::bad_files()), bad_file_name);

TEST(BadFile, HasTooLongAWelcome) {
  const auto loaded = parse("[greet]\nwelcome = '" + std::string(4097, 'x') + "'");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(format("f", loaded.error().front()),
            "f:2:11: error: welcome: expected at most 4096 bytes, got 4097");
}

TEST(BadFile, ReportsTheFirstOfAHundredSyntaxErrors) {
  std::string text;
  for (int i = 0; i < 100; ++i)
    text += "x y\n";
  const auto loaded = parse(text);
  ASSERT_FALSE(loaded.has_value());
  ASSERT_EQ(loaded.error().size(), 1U);
  EXPECT_EQ(loaded.error().front().where, (Location{1, 3}));
}

TEST(BadFile, IsRefusedForHugeNesting) {
  const std::size_t many = 200'000;
  std::string dotted = "a";
  for (std::size_t i = 0; i < many; ++i)
    dotted += ".a";
  for (const std::string& text : {dotted + " = 1", "[" + dotted + "]",
                                  "x = " + std::string(many, '['), "x = {" + dotted + " = 1}"}) {
    const auto loaded = parse(text);
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().front().where.line, 1U);
  }
}

TEST(BadFile, IsCheckedInTimeEvenWithManyListeners) {
  std::string text;
  for (int i = 0; i < 90'000; ++i)
    text += "[[listen]]\n";
  const auto loaded = parse(text);
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().size(), 89'999U);
}

// --- format() ---

TEST(Format, NamesFileAndPlace) {
  const Diagnostic fault{.where = {7, 8}, .text = "unknown key 'x'"};
  EXPECT_EQ(format("yodeld.toml", fault), "yodeld.toml:7:8: error: unknown key 'x'");
  const Diagnostic warning{.where = {1, 1}, .severity = Severity::warning, .text = "w"};
  EXPECT_EQ(format("f", warning), "f:1:1: warning: w");
  EXPECT_EQ(format("f", {.text = "is empty"}), "f: error: is empty");
}

// --- load() ---

void expect_unreadable(const std::string& path, const std::string& text) {
  const auto loaded = load(path);
  ASSERT_FALSE(loaded.has_value());
  ASSERT_EQ(loaded.error().size(), 1U);
  EXPECT_EQ(loaded.error().front().where, Location{});
  EXPECT_EQ(loaded.error().front().text, text);
}

TEST(Load, ReadsAFile) {
  const tests::TemporaryFolder folder;
  const auto loaded = load(folder.write("file", "[log]\nlevel = \"err\""));
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->settings.log.level, Level::err);
}

TEST(Load, ReportsErrorsInAFile) {
  const tests::TemporaryFolder folder;
  const auto loaded = load(folder.write("file", "[log]\nlevel = 1"));
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().front().where, (Location{2, 9}));
}

TEST(Load, ReadsFilesUpToALimit) {
  const tests::TemporaryFolder folder;
  const std::string comment = "#" + std::string(max_file_size - 1, 'x');
  EXPECT_TRUE(load(folder.write("file", comment)).has_value());
  expect_unreadable(folder.write("file", comment + "x"), "is larger than 1MiB");
}

TEST(Load, ReportsWhatCannotBeRead) {
  const tests::TemporaryFolder folder;
  expect_unreadable(folder.path() + "/none", "cannot read: No such file or directory");
  expect_unreadable("", "cannot read: No such file or directory");
  expect_unreadable(folder.path(), "expected a file, got a directory");
  expect_unreadable("/dev/zero", "expected a file, got a device");
}

TEST(Load, DoesNotWaitForAPipesWriter) {
  const tests::TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder.path() + "/pipe").c_str(), 0600), 0);
  expect_unreadable(folder.path() + "/pipe", "expected a file, got a pipe");
}

}  // namespace
}  // namespace yodel::config
