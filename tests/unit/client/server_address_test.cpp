// The server's address as people write it.
#include "client/connection/server_address.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace yodel::client {
namespace {

TEST(ServerAddress, ReadsEveryForm) {
  const std::vector<std::pair<std::string, ServerAddress>> cases{
      {"localhost", {"localhost", 0, ""}},
      {"echo.example.com:7", {"echo.example.com", 7, ""}},
      {"host_with-odd.chars:65535", {"host_with-odd.chars", 65535, ""}},
      {"bücher.example", {"bücher.example", 0, ""}},
      {"1.2.3.4", {"1.2.3.4", 0, ""}},
      {"1.2.3.4:9999", {"1.2.3.4", 9999, ""}},
      {"::1", {"::1", 0, ""}},
      {"::", {"::", 0, ""}},
      {"2001:db8::7:80", {"2001:db8::7:80", 0, ""}},
      {"::ffff:1.2.3.4", {"::ffff:1.2.3.4", 0, ""}},
      {"[::1]", {"::1", 0, ""}},
      {"[::1]:80", {"::1", 80, ""}},
      {"fe80::1%eth0", {"fe80::1%eth0", 0, ""}},
      {"[fe80::1%eth0]:80", {"fe80::1%eth0", 80, ""}},
      {"unix:/run/yodel/echo", {"", 0, "/run/yodel/echo"}},
      {"unix:@name", {"", 0, "@name"}},
      {"unix:@" + std::string(107, 'x'), {"", 0, "@" + std::string(107, 'x')}},
      {"unix:relative", {"", 0, "relative"}},
      {"unix:/with:colons[and]brackets", {"", 0, "/with:colons[and]brackets"}},
      {std::string("unix:/") + std::string(106, 'x'), {"", 0, "/" + std::string(106, 'x')}},
  };
  for (const auto& [text, expected] : cases) {
    const auto parsed = parse_server_address(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error();
    EXPECT_EQ(parsed->host, expected.host) << text;
    EXPECT_EQ(parsed->port, expected.port) << text;
    EXPECT_EQ(parsed->path, expected.path) << text;
  }
}

TEST(ServerAddress, SaysWhatIsWrongAndWhatWasExpected) {
  const std::string forms = "; expected HOST, HOST:PORT, [IPV6]:PORT or unix:PATH";
  const std::string port = " is not a port; expected a number from 1 to 65535";
  const std::string number =
      " is a number, not a host; a port follows its host, as in 127.0.0.1:9999";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "no host" + forms},
      {"9999", "'9999'" + number},
      {"9999:80", "'9999'" + number},
      {":9999", "no host" + forms},
      {"host:", "''" + port},
      {"host:0", "'0'" + port},
      {"host:70000", "'70000'" + port},
      {"host:99999999999999999999", "'99999999999999999999'" + port},
      {"host:abc", "'abc'" + port},
      {"host:80 ", "'80 '" + port},
      {"host:-1", "'-1'" + port},
      {"host:+1", "'+1'" + port},
      {"http://host", "'http://host' is a URL" + forms},
      {"host/path", "'host/path' is not a host" + forms},
      {"user@host", "unexpected user name before 'host'" + forms},
      {"http://u:secret@host:1", "unexpected user name before 'http://host:1'" + forms},
      {"two hosts", "'two hosts' is not a host" + forms},
      {"line\n", "'line\\n' is not a host" + forms},
      {"a:b:c", "'a:b:c' is not an IPv6 address" + forms},
      {"1.2.3.4:80:90", "'1.2.3.4:80:90' is not an IPv6 address" + forms},
      {"fe80::1%", "'fe80::1%' is not an IPv6 address" + forms},
      {"[::1", "the closing bracket is missing" + forms},
      {"[", "the closing bracket is missing" + forms},
      {"[]", "'' is not an IPv6 address" + forms},
      {"[host]:80", "'host' is not an IPv6 address" + forms},
      {"[1.2.3.4]", "'1.2.3.4' is not an IPv6 address" + forms},
      {"[::1]80", "unexpected '80' after the bracket" + forms},
      {"[::1]:", "''" + port},
      {"[::1]:0", "'0'" + port},
      {"unix:@", "no name after 'unix:@'" + forms},
      {"unix:@" + std::string(108, 'x'),
       "the path of a Unix socket has at most 108 bytes, not 109"},
      {"unix:", "no path after 'unix:'" + forms},
      {"unix:" + std::string(108, 'x'), "the path of a Unix socket has at most 107 bytes, not 108"},
  };
  for (const auto& [text, error] : cases) {
    const auto parsed = parse_server_address(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error(), error) << text;
  }
}

TEST(ServerAddress, ReadsHostAndPortAsTwoWords) {
  for (const auto* const host : {"localhost", "127.0.0.1", "::1", "[::1]", "fe80::1%eth0"}) {
    const auto alone = parse_server_address(host);
    const auto parsed = parse_server_address(host, "7");
    ASSERT_TRUE(alone && parsed) << host;
    EXPECT_EQ(parsed->host, alone->host);
    EXPECT_EQ(parsed->port, 7);
  }
  for (const auto& [host, port] :
       std::vector<std::pair<std::string, std::string>>{{"localhost:1", "7"},
                                                        {"[::1]:1", "7"},
                                                        {"unix:/x", "7"},
                                                        {"7", "localhost"},
                                                        {"localhost", "0"},
                                                        {"localhost", "65536"},
                                                        {"localhost", "x"},
                                                        {"localhost", ""}}) {
    EXPECT_FALSE(parse_server_address(host, port)) << host << " " << port;
  }
}

}  // namespace
}  // namespace yodel::client
