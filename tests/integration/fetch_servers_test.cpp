// `yodel fetch` as a user sees it, against nginx and Python's http.server.
#include <cstddef>
#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <utility>

#include "tests/integration/fetch.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/web_servers.hpp"

namespace yodel::tests {
namespace {

class FetchNginx : public Fetch {
 protected:
  Nginx nginx_;
};

TEST_F(FetchNginx, SavesAPageUnderItsName) {
  nginx_.serve("page.txt", "a page\n");
  const auto outcome = fetch({nginx_.http() + "/page.txt?x=1#y"});
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.errors.find("HTTP/1.1 200 OK\r\n"), 0U) << outcome.errors;
  EXPECT_TRUE(outcome.errors.ends_with("\r\n\r\n"));
  EXPECT_EQ(content("page.txt"), "a page\n");
  EXPECT_EQ(files(), std::set<std::string>{"page.txt"});
}

TEST_F(FetchNginx, SavesLargeAndEmptyAndCompressedPagesByteForByte) {
  constexpr std::size_t large = 20'000'000;
  const std::string bytes = bytes_of(large);
  const std::string text(300'000, 'x');
  nginx_.serve("large.bin", bytes);
  nginx_.serve("empty", "");
  nginx_.serve("text", text);
  EXPECT_EQ(fetch({nginx_.http() + "/large.bin"}).exit.status, 0);
  EXPECT_TRUE(content("large.bin") == bytes);
  EXPECT_EQ(fetch({nginx_.http() + "/large.bin", "--raw", "-o", "raw.bin"}).exit.status, 0);
  EXPECT_TRUE(content("raw.bin") == bytes);
  EXPECT_EQ(fetch({nginx_.http() + "/empty"}).exit.status, 0);
  EXPECT_EQ(content("empty"), "");
  const auto compressed = fetch({nginx_.http() + "/gzip/text"});
  EXPECT_EQ(compressed.exit.status, 0);
  EXPECT_TRUE(holds(compressed.errors, "Content-Encoding: gzip")) << compressed.errors;
  EXPECT_TRUE(holds(compressed.errors, "Transfer-Encoding: chunked")) << compressed.errors;
  EXPECT_TRUE(content("text") == text);
}

TEST_F(FetchNginx, FollowsARedirectOnlyWithL) {
  nginx_.serve("page.txt", "a page\n");
  const auto plain = fetch({nginx_.http() + "/moved"});
  EXPECT_EQ(plain.exit.status, 9) << plain.errors;
  EXPECT_EQ(files(), std::set<std::string>{});
  const auto followed = fetch({"-L", nginx_.http() + "/moved"});
  EXPECT_EQ(followed.exit.status, 0) << followed.errors;
  EXPECT_EQ(content("moved"), "a page\n");
  EXPECT_TRUE(holds(followed.errors, " 302 ")) << followed.errors;
  EXPECT_TRUE(holds(followed.errors, " 200 ")) << followed.errors;
}

TEST_F(FetchNginx, GivesUpARedirectThatLeadsNowhere) {
  const auto loop = fetch({"-L", nginx_.http() + "/loop"});
  EXPECT_EQ(loop.exit.status, 9) << loop.errors;
  EXPECT_TRUE(holds(loop.errors, "; more than 10 redirects\n")) << loop.errors;
  const auto far = fetch({"-L", nginx_.http() + "/far"});
  EXPECT_EQ(far.exit.status, 9) << far.errors;
  EXPECT_TRUE(holds(far.errors, "moved to file:///etc/passwd; only http")) << far.errors;
  EXPECT_EQ(files(), std::set<std::string>{});
}

TEST_F(FetchNginx, FollowsNoRedirectOutOfEncryptionUnlessItIsAllowed) {
  nginx_.serve("page.txt", "a page\n");
  const Words trusting{"--cacert", nginx_.certificate(), "-o", "page"};
  const std::string refused = nginx_.https() + "/down: 302 Moved Temporarily: moved to " +
                              nginx_.http() +
                              "/page.txt, which is not encrypted; --allow-downgrade follows it\n";
  for (const auto& url : {nginx_.https() + "/down", nginx_.http() + "/up"}) {
    const auto outcome = run(with_arguments(command(trusting), {"-L", url}));
    EXPECT_EQ(outcome.exit.status, 9) << outcome.errors;
    EXPECT_TRUE(holds(outcome.errors, refused)) << outcome.errors;
    EXPECT_EQ(files(), std::set<std::string>{});
    const auto allowed = run(with_arguments(command(trusting), {"-L", "--allow-downgrade", url}));
    EXPECT_EQ(allowed.exit.status, 0) << allowed.errors;
    EXPECT_EQ(content("page"), "a page\n");
    remove("page");
  }
  const auto neither = run(with_arguments(command(trusting), {nginx_.https() + "/down"}));
  EXPECT_EQ(neither.exit.status, 9) << neither.errors;
  EXPECT_TRUE(holds(neither.errors, "; -L with --allow-downgrade follows it\n")) << neither.errors;
}

TEST_F(FetchNginx, SavesNoBodyOfAnError) {
  write("nope", "as it was");
  for (const auto& [name, text] :
       {std::pair{"nope", "404 Not Found"}, {"broken", "500 Internal Server Error"}}) {
    for (const Words& mode : {Words{}, Words{"--raw"}}) {
      const auto url = nginx_.http() + "/" + name;
      const auto outcome = run(with_arguments(command({"-f", url}), mode));
      EXPECT_EQ(outcome.exit.status, 8) << outcome.errors;
      EXPECT_EQ(outcome.errors.find(std::string("HTTP/1.1 ") + text), 0U) << outcome.errors;
      EXPECT_TRUE(holds(outcome.errors, "yodel: " + url + ": the server answered " + text + "\n"))
          << outcome.errors;
    }
  }
  EXPECT_EQ(content("nope"), "as it was");
  EXPECT_EQ(files(), std::set<std::string>{"nope"});
}

TEST_F(FetchNginx, TrustsNoUnknownCertificate) {
  nginx_.serve("page.txt", "a page\n");
  const auto outcome = fetch({nginx_.https() + "/page.txt"});
  EXPECT_EQ(outcome.exit.status, 7) << outcome.errors;
  EXPECT_TRUE(holds(outcome.errors, "yodel: " + nginx_.https() + "/page.txt: SSL certificate"))
      << outcome.errors;
  EXPECT_EQ(files(), std::set<std::string>{});
  // A server of plain HTTP does not answer the handshake.
  const auto no_tls = fetch({"https" + nginx_.http().substr(4) + "/page.txt"});
  EXPECT_EQ(no_tls.exit.status, 7) << no_tls.errors;
  EXPECT_TRUE(holds(no_tls.errors, ": the server does not speak TLS on this port\n"))
      << no_tls.errors;

  const auto trusted = fetch({"--cacert", nginx_.certificate(), nginx_.https() + "/page.txt"});
  EXPECT_EQ(trusted.exit.status, 0) << trusted.errors;
  EXPECT_EQ(content("page.txt"), "a page\n");
}

TEST_F(FetchNginx, RejectsAFileThatIsNotACertificate) {
  const auto outcome = fetch({"--cacert", path("none.pem"), nginx_.https() + "/page.txt"});
  EXPECT_EQ(outcome.exit.status, 2) << outcome.errors;
  EXPECT_TRUE(holds(outcome.errors, "yodel: --cacert: ")) << outcome.errors;
}

TEST_F(FetchNginx, WritesHeaderAndBodyWhereOptionsSay) {
  nginx_.serve("page.txt", "a page\n");
  const auto url = nginx_.http() + "/page.txt";
  const auto both = fetch({"-i", url});
  EXPECT_EQ(both.output.find("HTTP/1.1 200 OK\r\n"), 0U) << both.output;
  EXPECT_TRUE(both.output.ends_with("\r\n\r\na page\n")) << both.output;
  EXPECT_EQ(both.errors, "");
  EXPECT_EQ(files(), std::set<std::string>{});
  const auto header = fetch({"-i", "-o", "page", url});
  EXPECT_TRUE(header.output.ends_with("\r\n\r\n")) << header.output;
  EXPECT_EQ(content("page"), "a page\n");
  const auto body = fetch({"-o", "-", url});
  EXPECT_EQ(body.output, "a page\n");
  EXPECT_EQ(body.errors.find("HTTP/1.1 200 OK\r\n"), 0U) << body.errors;
  const auto raw = fetch({"--raw", "-i", url});
  EXPECT_TRUE(raw.output.ends_with("\r\n\r\na page\n")) << raw.output;
}

TEST_F(FetchNginx, PrintsASummaryAsJson) {
  nginx_.serve("page.txt", "a page\n");
  const auto host = nginx_.http().substr(std::string_view("http://").size());
  const auto outcome = fetch({"--json", "-L", "http://me:secret@" + host + "/moved"});
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.output.find("{\"url\":\"" + nginx_.http() + "/moved\",\"effective_url\":\"" +
                                nginx_.http() +
                                "/page.txt\",\"status\":200,\"redirects\":1,\"bytes\":7,"
                                "\"file\":\"moved\",\"connect_ms\":"),
            0U)
      << outcome.output;
  EXPECT_FALSE(holds(outcome.output + outcome.errors, "secret"));
  const auto raw = fetch({"--json", "--raw", nginx_.http() + "/page.txt"});
  EXPECT_TRUE(holds(raw.output, R"("status":200,"redirects":0,"bytes":7,"file":"page.txt")"))
      << raw.output;
}

TEST_F(FetchNginx, ShowsItsProgressOnlyOnATerminal) {
  nginx_.serve("page.txt", std::string(1500, 'x'));
  const auto shown = run(on_terminal(command({nginx_.http() + "/page.txt"})));
  EXPECT_EQ(shown.exit.status, 0) << shown.output;
  EXPECT_TRUE(holds(shown.output, "100% [")) << shown.output;
  EXPECT_TRUE(holds(shown.output, "1.5 kB of 1.5 kB")) << shown.output;
  const auto silent = fetch({"-f", nginx_.http() + "/page.txt"});
  EXPECT_FALSE(holds(silent.errors, "%")) << silent.errors;
}

class FetchPython : public Fetch {
 protected:
  PythonServer python_;
};

TEST_F(FetchPython, SavesAPageByLibcurlAndRaw) {
  const std::string bytes = bytes_of(100'000);
  python_.serve("a b.bin", bytes);
  for (const Words& mode : {Words{"-f"}, Words{"-f", "--raw"}}) {
    const auto outcome = run(with_arguments(command(mode), {python_.http() + "/a%20b.bin"}));
    EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
    EXPECT_EQ(outcome.errors.find("HTTP/1.0 200 OK\r\n"), 0U) << outcome.errors;
    EXPECT_TRUE(content("a b.bin") == bytes);
    std::filesystem::remove(path("a b.bin"));
  }
  EXPECT_EQ(fetch({"--raw", python_.http() + "/none"}).exit.status, 8);
}

}  // namespace
}  // namespace yodel::tests
