// Redirects that `yodel fetch` does not follow.
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/fetch.hpp"

namespace yodel::tests {
namespace {

std::string moved(const std::string& location, const std::string& status = "302 Found") {
  return "HTTP/1.1 " + status + "\r\nLocation: " + location + "\r\nContent-Length: 3\r\n\r\nabc";
}

const std::string here = "http://PEER/a.txt";

TEST_F(Fetch, SavesNoRedirect) {
  for (const auto* const status :
       {"300 Multiple Choices", "301 Moved Permanently", "302 Found", "303 See Other",
        "307 Temporary Redirect", "308 Permanent Redirect"}) {
    expect_fetch(answer(moved("/a.txt", status)), {}, 9,
                 std::string("yodel: URL: ") + status + ": moved to " + here + "; -L follows it\n");
    expect_fetch(answer(moved("a.txt", status)), {"--raw"}, 9,
                 std::string("yodel: URL: ") + status + ": moved to " + here +
                     "; --raw follows no redirects: use -L without --raw\n");
  }
}

TEST_F(Fetch, PrintsNoRedirect) {
  for (const Words& mode : {Words{"-o", "-"}, Words{"-i"}, Words{"--raw", "-o", "-"}}) {
    const auto outcome = run_against(answer(moved("/a.txt")),
                                     with_arguments(command({"http://PEER/page.txt"}), mode));
    EXPECT_EQ(outcome.exit.status, 9) << outcome.errors;
    EXPECT_FALSE(holds(outcome.output, "abc")) << outcome.output;
  }
}

TEST_F(Fetch, ReportsWhereARedirectLeads) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"http://u:secret@h.invalid/x", "moved to http://h.invalid/x;"},
      {"//h.invalid/x", "moved to http://h.invalid/x;"},
      {"file:///etc/passwd", "moved to file:///etc/passwd; only http and https are followed"},
      {"ftp://u:secret@h.invalid/x", "moved to ftp://h.invalid/x; only"},
      {"http://u:secret@h:99999/", "moved to 'http://h:99999/', which is not a URL"},
      {"/\x1b[2J", "moved to '/\\x1b[2J', which is not a URL"},
      {"", "a redirect without a Location"},
  };
  for (const auto& [location, text] : cases) {
    for (const Words& mode : {Words{}, Words{"--raw"}}) {
      const auto outcome = run_against(answer(moved(location)),
                                       with_arguments(command({"http://PEER/page.txt"}), mode));
      EXPECT_EQ(outcome.exit.status, 9) << outcome.errors;
      const auto message = outcome.errors.substr(outcome.errors.find("yodel: "));
      EXPECT_TRUE(holds(message, text)) << message << "\nwithout\n" << text;
      EXPECT_FALSE(holds(message, "secret")) << message;
    }
  }
}

TEST_F(Fetch, SavesNoRedirectThatCannotBeFollowed) {
  for (const Words& mode : {Words{}, Words{"-L"}, Words{"--raw"}}) {
    expect_fetch(answer("HTTP/1.1 302 Found\r\nContent-Length: 3\r\n\r\nabc"), mode, 9,
                 "yodel: URL: 302 Found: a redirect without a Location");
    expect_fetch(answer("HTTP/1.1 304 Not Modified\r\n\r\n"), mode, 9,
                 "a redirect without a Location");
    expect_fetch(answer(moved("file:///etc/passwd")), mode, 9, "only http and https are followed");
  }
  // Not every parser sees a Location in the next line.
  expect_fetch(answer(moved("\r\n /a.txt")), {"-L"}, 1,
               "malformed header field location: its value takes two lines");
}

}  // namespace
}  // namespace yodel::tests
