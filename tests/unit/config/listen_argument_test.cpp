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

TEST(ListenArgument, IsAsTheFileHasIt) {
  for (const auto& [argument, text] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"127.0.0.1", "[[listen]]"},
           {"echo@127.0.0.1", "[[listen]]\nprotocol = 'echo'"},
           {"echo@[::]:7", "[[listen]]\naddress = '::'\nport = 7\nprotocol = 'echo'"},
           {"unix:/x", "[[listen]]\naddress = 'unix:/x'"}}) {
    EXPECT_EQ(parse_listen(argument).value(), parse(text)->settings.listeners.front()) << argument;
  }
}

TEST(ListenArgument, SaysWhatWasFoundAndExpected) {
  const std::string address =
      R"(expected an IPv4 or IPv6 address such as "127.0.0.1" or "::", or "unix:/PATH")";
  const std::vector<std::pair<std::string_view, std::string>> cases{
      {"", "'': " + address},
      {"localhost:7", "'localhost:7': " + address},
      {"[::1", "'[::1': " + address},
      {"[::1]7", "'[::1]7': " + address},
      {"echo@", "'echo@': " + address},
      {"7", "'7': expected an address before the port, such as 0.0.0.0:7 for all of IPv4"},
      {"echo@:7", "'echo@:7': expected an address before the port, such as 0.0.0.0:7"},
      {"0.0.0.0:", "'0.0.0.0:': expected a port from 0 to 65535 after the ':'"},
      {"0.0.0.0:65536", "expected a port from 0 to 65535"},
      {"[::1]:http", "expected a port from 0 to 65535"},
      {"chat@0.0.0.0", "'chat@0.0.0.0': expected greet or echo before the '@'"},
      {"@0.0.0.0", "expected greet or echo before the '@'"},
      {"224.0.0.1", "expected an address that one host has"},
      {"fe80::1", R"(expected its interface too, such as "fe80::1%eth0")"},
      {"unix:x", "expected an absolute path"},
  };
  for (const auto& [text, expected] : cases) {
    const auto listen = parse_listen(text);
    ASSERT_FALSE(listen) << text;
    EXPECT_NE(listen.error().find(expected), std::string::npos) << listen.error();
  }
}

TEST(ListenArgument, LeavesOthersRoom) {
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
            "127.0.0.1:9999 leaves no room for 127.0.0.1:9999; expected another address or port");
  EXPECT_EQ(conflict({"127.0.0.1:7", "0.0.0.0:7"}),
            "127.0.0.1:7 leaves no room for 0.0.0.0:7; expected another address or port");
  EXPECT_EQ(conflict({"unix:/a", "echo@unix:/a"}),
            "unix:/a leaves no room for unix:/a; expected another address or port");
}

}  // namespace
}  // namespace yodel::config
