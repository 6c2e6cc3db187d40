#include "config/print.hpp"

#include <gtest/gtest.h>

#include "config/load.hpp"
#include "protocol/greet.hpp"

namespace yodel::config {
namespace {

using std::chrono::milliseconds;

Listen listen_at(std::string_view address, std::uint16_t port) {
  Listen listen;
  listen.endpoint = protocol::parse_endpoint(address).value();
  listen.endpoint.port = port;
  return listen;
}

void expect_read_back(const Settings& settings) {
  const std::string text = print(settings);
  const auto loaded = parse(text);
  ASSERT_TRUE(loaded.has_value()) << text << format("printed", loaded.error().front());
  EXPECT_EQ(loaded->settings, settings) << text;
  EXPECT_EQ(print(loaded->settings), text);
}

TEST(Print, WritesDefaultsThatAreReadBack) {
  expect_read_back(default_settings());
}

TEST(Print, WritesEveryKey) {
  Settings settings = default_settings();
  settings.listeners.front().name = "echo";
  const std::string text = print(settings);
  for (const std::string_view key : {"name",          "address",
                                     "port",          "backlog",
                                     "socket_buffer", "protocol",
                                     "allow",         "proxy_from",
                                     "welcome",       "delay",
                                     "message_size",  "framing",
                                     "sessions",      "sessions_per_source",
                                     "idle_timeout",  "session_timeout",
                                     "peer_timeout",  "grace",
                                     "level",         "target",
                                     "format"}) {
    EXPECT_NE(text.find("\n" + std::string(key) + " = "), std::string::npos) << key;
  }
  EXPECT_NE(text.find("\n[probe]\nmax_size = 16384  # bytes\n"), std::string::npos) << text;
}

TEST(Print, WritesEachChangedKeySoThatItIsReadBack) {
  Settings settings;
  settings.listeners = {listen_at("0.0.0.0", 7), listen_at("::", 7), listen_at("fe80::1%eth0", 0),
                        listen_at("unix:/run/yodel/echo", 0)};
  settings.listeners[1].name = "A-z_0.9";
  settings.listeners[2].backlog = 1;
  settings.listeners[2].socket_buffer = 536870912;
  settings.listeners[3].protocol = protocol::Protocol::echo;
  settings.listeners[0].allow = {protocol::parse_network("192.0.2.0/24").value(),
                                 protocol::parse_network("198.51.100.7").value()};
  settings.listeners[1].allow = {protocol::parse_network("::/0").value()};
  settings.listeners[1].proxy_from = {protocol::parse_network("2001:db8::/64").value()};
  settings.greet = {.welcome = "hi",
                    .delay = milliseconds(1),
                    .message_size = 65536,
                    .framing = protocol::Framing::lines};
  settings.listeners[0].idle_timeout = milliseconds(0);
  settings.listeners[0].peer_timeout = max_peer_timeout;
  settings.listeners[3].idle_timeout = milliseconds(1500);
  settings.probe = {.max_size = 256};
  settings.limits = {.sessions = 4194304,
                     .sessions_per_source = 4194304,
                     .idle_timeout = milliseconds(0),
                     .session_timeout = milliseconds(90'061'001),
                     .peer_timeout = milliseconds(0)};
  settings.shutdown = {.grace = std::chrono::hours(24 * 365)};
  settings.log = {.level = Level::debug, .target = Target::journal, .format = Format::json};
  expect_read_back(settings);
}

TEST(Print, EveryWordIsReadBack) {
  Settings settings = default_settings();
  for (const Level level : {Level::debug, Level::info, Level::notice, Level::warning, Level::err}) {
    settings.log.level = level;
    expect_read_back(settings);
  }
  for (const Target target : {Target::automatic, Target::journal, Target::standard_error}) {
    settings.log.target = target;
    expect_read_back(settings);
  }
  for (const Format format : {Format::text, Format::json}) {
    settings.log.format = format;
    expect_read_back(settings);
  }
  for (const auto framing :
       {protocol::Framing::automatic, protocol::Framing::lines, protocol::Framing::unframed}) {
    settings.greet.framing = framing;
    expect_read_back(settings);
  }
}

TEST(Print, WritesEveryWelcomeSoThatItIsReadBack) {
  Settings settings = default_settings();
  std::string controls;
  for (char c = 0; c < 0x20; ++c)
    controls += c;
  for (const std::string& welcome :
       {std::string(), std::string("\""), std::string("\\"), std::string(R"(""")"),
        std::string("'''\n\"\"\"\\"), std::string("a\r\nb\n"), std::string("\\u0041\\n"),
        std::string("# no comment = [x]"), controls, std::string("\x7f"),
        std::string("\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0"),  // U+0080, 85, 9F, A0
        std::string(
            "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbb\xbf"),  // up to four bytes, a mark
        std::string("\xf4\x8f\xbf\xbf\xef\xbf\xbf\xe2\x80\xa8"),  // the last character, U+2028
        std::string(protocol::max_welcome_size, '\x01')}) {
    settings.greet.welcome = welcome;
    expect_read_back(settings);
  }
}

TEST(Print, WritesEveryPathSoThatItIsReadBack) {
  Settings settings = default_settings();
  for (const std::string_view address :
       {"unix:/a \"quoted\" path", "unix:/a\\b", "unix:/\xc3\xbc", "fe80::1%\"\\"}) {
    settings.listeners = {listen_at(address, 0)};
    expect_read_back(settings);
  }
}

}  // namespace
}  // namespace yodel::config
