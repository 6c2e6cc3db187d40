// The limits of `yodel fetch`: --max-size, --max-time, and headers before the response.
#include <chrono>
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/integration/fetch.hpp"

namespace yodel::tests {
namespace {

const std::vector<Words> modes{{}, {"--raw"}};

Words with(Words words, const Words& mode) {
  words.insert(words.end(), mode.begin(), mode.end());
  return words;
}

// Sends `text` again and again, to a client that goes when it has had enough.
ScriptedServer::Script repeat(std::string begin, std::string text) {
  return [begin = std::move(begin), text = std::move(text)](Conversation& client) {
    hear_request(client);
    try {
      client.say(begin);
      for (;;)
        client.say(text);
    } catch (const std::runtime_error&) {
      // It has gone, as it should.
    }
  };
}

// Sends `begin`, and then `text` every 20 ms, until the client goes.
ScriptedServer::Script drip(std::string begin, std::string text = "a") {
  return [begin = std::move(begin), text = std::move(text)](Conversation& client) {
    hear_request(client);
    try {
      client.say(begin);
      while (!client.ends_within(std::chrono::milliseconds(20)))
        client.say(text);
    } catch (const std::runtime_error&) {
      // It has gone, as it should.
    }
  };
}

TEST_F(Fetch, SavesNoMoreThanMaxSize) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n";
  for (const auto& mode : modes) {
    expect_page(answer(page("abcdef")), with({"--max-size", "6"}, mode), "abcdef");
    // This shows before the body has come.
    expect_fetch(answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"),
                 with({"--max-size", "5"}, mode), 1,
                 "yodel: URL: the page has 6 bytes, more than --max-size, 5");
    expect_fetch(answer(chunked), with({"--max-size", "5"}, mode), 1,
                 "yodel: URL: the page is larger than --max-size, 5");
    expect_fetch(answer("HTTP/1.1 200 OK\r\nContent-Length: 1073741825\r\n\r\n"), mode, 1,
                 "more than --max-size, 1GiB");
    expect_fetch(repeat("HTTP/1.1 200 OK\r\n\r\n", std::string(65536, 'x')),
                 with({"--max-size", "1M"}, mode), 1, "larger than --max-size, 1MiB");
  }
}

TEST_F(Fetch, EndsAtMaxTime) {
  for (const auto& mode : modes) {
    const Words words = with({"--max-time", "300ms", "--timeout", "5s"}, mode);
    const std::string late = "yodel: URL: timed out after 300ms (--max-time); ";
    expect_fetch(drip("HTTP/1.1 200 OK\r\nA: "), words, 5, late);
    expect_fetch(drip("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), words, 5, late);
    expect_fetch(drip("", "HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"), words, 5, late);
    expect_fetch(
        [](Conversation& client) {
          hear_request(client);
          client.expect_end();
        },
        words, 5, late);
  }
}

TEST_F(Fetch, SkipsWhatComesBeforeTheResponse) {
  const std::string before =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n";
  for (const auto& mode : modes) {
    expect_fetch(answer(before + page("abc")), mode, 0, before + "HTTP/1.1 200 OK\r\n",
                 {"page.txt"});
    EXPECT_EQ(content("page.txt"), "abc");
    remove("page.txt");
    expect_fetch(answer(before), mode, 1, "yodel: URL: ");
    expect_fetch(answer("HTTP/1.1 101 Switching Protocols\r\n\r\nabc"), mode, 1,
                 "yodel: URL: the server answered 101 Switching Protocols, which was not "
                 "requested");
    expect_fetch(repeat("", "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n"), mode, 1, " 256KiB");
  }
}

TEST_F(Fetch, DoesNotTakeATrailerForAHeader) {
  const auto outcome =
      run_against(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                         "HTTP/1.1 404 Not Found: x\r\n\r\n"),
                  command({"http://PEER/page.txt"}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_EQ(content("page.txt"), "abc");
}

}  // namespace
}  // namespace yodel::tests
