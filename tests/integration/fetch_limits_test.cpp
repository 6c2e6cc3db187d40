// How much and how long `yodel fetch` takes: --max-size, --max-time, and headers before the answer.
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

// Says `text` again and again, to a client that goes when it has had enough.
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

// Says `begin`, and then a byte every 20 ms, to a client that waits 100 ms for each.
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

TEST_F(Fetch, SavesNoMoreThanItMay) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n";
  for (const auto& mode : modes) {
    expect_page(answer(page("abcdef")), with({"--max-size", "6"}, mode), "abcdef");
    // That is seen before the body has come.
    expect_fetch(answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"),
                 with({"--max-size", "5"}, mode), 1,
                 "yodel: URL: the page has 6 bytes, more than --max-size allows, 5");
    expect_fetch(answer(chunked), with({"--max-size", "5"}, mode), 1,
                 "yodel: URL: the page is larger than --max-size allows, 5");
    expect_fetch(answer("HTTP/1.1 200 OK\r\nContent-Length: 1073741825\r\n\r\n"), mode, 1,
                 "more than --max-size allows, 1GiB");
    expect_fetch(repeat("HTTP/1.1 200 OK\r\n\r\n", std::string(65536, 'x')),
                 with({"--max-size", "1M"}, mode), 1, "--max-size allows, 1MiB");
  }
}

TEST_F(Fetch, EndsWhenItsTimeIsOver) {
  for (const auto& mode : modes) {
    const Words words = with({"--max-time", "300ms", "--timeout", "5s"}, mode);
    const std::string late = "yodel: URL: timed out after 300ms, the most that --max-time allows";
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

TEST_F(Fetch, PassesOverWhatComesBeforeTheAnswer) {
  const std::string before =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n";
  for (const auto& mode : modes) {
    expect_fetch(answer(before + page("abc")), mode, 0, before + "HTTP/1.1 200 OK\r\n",
                 {"page.txt"});
    EXPECT_EQ(content("page.txt"), "abc");
    remove("page.txt");
    expect_fetch(answer(before), mode, 1, "yodel: URL: ");
    expect_fetch(answer("HTTP/1.1 101 Switching Protocols\r\n\r\nabc"), mode, 1,
                 "yodel: URL: the server answered 101 Switching Protocols, which nobody has asked");
    expect_fetch(repeat("", "HTTP/1.1 100 Continue\r\nA: b\r\n\r\n"), mode, 1, " 262144 bytes");
  }
}

TEST_F(Fetch, TakesNoTrailerForAHeader) {
  const auto outcome =
      run_against(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
                         "HTTP/1.1 404 Not Found: x\r\n\r\n"),
                  command({"http://PEER/page.txt"}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_EQ(content("page.txt"), "abc");
}

}  // namespace
}  // namespace yodel::tests
