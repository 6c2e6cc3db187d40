#include "config/listen_argument.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.hpp"

namespace yodel::config {
namespace {

TEST(ListenArgument, IsAnAddressWithAPortAndAProtocol) {
  const std::vector<std::pair<std::string_view, std::string>> cases{
      {"127.0.0.1", "greet 127.0.0.1:9999"},
      {"greet@127.0.0.1", "greet 127.0.0.1:9999"},
      {"echo@0.0.0.0", "echo 0.0.0.0:9998"},
      {"probe@0.0.0.0", "probe 0.0.0.0:9997"},
      {"0.0.0.0:7", "greet 0.0.0.0:7"},
      {"echo@0.0.0.0:0", "echo 0.0.0.0:0"},
      {"::", "greet [::]:9999"},
      {"::1", "greet [::1]:9999"},
      {"[::1]", "greet [::1]:9999"},
      {"echo@[::1]:65535", "echo [::1]:65535"},
      {"[fe80::1%eth0]:7", "greet [fe80::1%eth0]:7"},
      {"fe80::1%eth0", "greet [fe80::1%eth0]:9999"},
      {"unix:/run/a@b:7", "greet unix:/run/a@b:7"},
      {"echo@unix:/run/echo", "echo unix:/run/echo"},
  };
  for (const auto& [text, expected] : cases) {
    const auto listen = parse_listen(text);
    ASSERT_TRUE(listen) << text << ": " << listen.error();
    EXPECT_EQ(std::string(name(listen->protocol)) + " " + to_string(listen->endpoint), expected);
  }
}

TEST(ListenArgument, EqualsTheSameTableInAFile) {
  for (const auto& [argument, text] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"127.0.0.1", "[[listen]]"},
           {"echo@127.0.0.1", "[[listen]]\nprotocol = 'echo'"},
           {"echo@[::]:7", "[[listen]]\naddress = '::'\nport = 7\nprotocol = 'echo'"},
           {"unix:/x", "[[listen]]\naddress = 'unix:/x'"}}) {
    EXPECT_EQ(parse_listen(argument).value(), parse(text)->settings.listeners.front()) << argument;
  }
}

TEST(ListenArgument, ReportsWhatWasExpectedAndWhatItGot) {
  const std::string address =
      R"(expected an IPv4 or IPv6 address such as "127.0.0.1" or "::", or "unix:/PATH")";
  const std::vector<std::pair<std::string_view, std::string>> cases{
      {"", address + ", got ''"},
      {"localhost:7", address + ", got 'localhost:7'"},
      {"[::1", address + ", got '[::1'"},
      {"[::1]7", address + ", got '[::1]7'"},
      {"echo@", address + ", got 'echo@'"},
      {"7",
       "expected an address before the port, such as 0.0.0.0:7 for all IPv4 addresses, got '7'"},
      {"echo@:7", "expected an address before the port, such as 0.0.0.0:7"},
      {"0.0.0.0:", "expected a port from 0 to 65535 after the ':', got '0.0.0.0:'"},
      {"0.0.0.0:65536", "expected a port from 0 to 65535"},
      {"[::1]:http", "expected a port from 0 to 65535"},
      {"chat@0.0.0.0", "expected greet, echo or probe before the '@', got 'chat@0.0.0.0'"},
      {"@0.0.0.0", "expected greet, echo or probe before the '@'"},
      {"224.0.0.1", "expected a unicast address"},
      {"fe80::1", R"(an interface after a link-local address, such as "fe80::1%eth0")"},
      {"unix:x", "expected an absolute path"},
  };
  for (const auto& [text, expected] : cases) {
    const auto listen = parse_listen(text);
    ASSERT_FALSE(listen) << text;
    EXPECT_NE(listen.error().find(expected), std::string::npos) << listen.error();
  }
}

TEST(ListenArgument, MayNotConflictWithAnother) {
  const auto conflict = [](const std::vector<const char*>& words) {
    std::vector<Listen> listeners;
    listeners.reserve(words.size());
    for (const char* const word : words)
      listeners.push_back(parse_listen(word).value());
    return find_conflict(listeners);
  };
  EXPECT_EQ(conflict({"0.0.0.0", "::", "echo@0.0.0.0", "unix:/a", "unix:/b"}), "");
  EXPECT_EQ(conflict({"0.0.0.0:0", "0.0.0.0:0"}), "");
  EXPECT_EQ(conflict({"127.0.0.1", "127.0.0.2", "echo@127.0.0.1:9999"}),
            "cannot listen at both 127.0.0.1:9999 and 127.0.0.1:9999; change the address or port "
            "of one");
  EXPECT_EQ(conflict({"127.0.0.1:7", "0.0.0.0:7"}),
            "cannot listen at both 127.0.0.1:7 and 0.0.0.0:7; change the address or port of one");
  EXPECT_EQ(conflict({"unix:/a", "echo@unix:/a"}),
            "cannot listen at both unix:/a and unix:/a; change the address or port of one");
}

}  // namespace
}  // namespace yodel::config
