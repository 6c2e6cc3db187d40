// `yodel fetch` as a user sees it: the program itself, against nginx, Python's http.server and
// servers that say exactly what a test wants.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/mount.h>
#include <utility>
#include <vector>

#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/web_servers.hpp"

namespace yodel::tests {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

std::string random_bytes(std::size_t size) {
  std::mt19937 engine(size);  // NOLINT: the same bytes each time
  std::string bytes(size, '\0');
  for (auto& each : bytes)
    each = static_cast<char>(engine());
  return bytes;
}

// Runs in a folder of its own.
class Fetch : public testing::Test {
 protected:
  [[nodiscard]] Command command(const Words& words) const {
    Command command{.path = binary("yodel"),
                    .arguments = {"fetch"},
                    .unset = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
                              "no_proxy", "NO_PROXY"},
                    .folder = folder_.path()};
    return with_arguments(command, words);
  }
  [[nodiscard]] Outcome fetch(const Words& words) const { return run(command(words)); }
  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }
  [[nodiscard]] std::string content(const std::string& name) const { return read_file(path(name)); }
  // The names in the folder: also of what should have gone.
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path()))
      names.insert(entry.path().filename());
    return names;
  }
  void write(const std::string& name, std::string_view text) const { folder_.write(name, text); }

  // `words` and the URL of a server that follows `script` end with `status` and, on standard error,
  // what `errors` holds, in which URL stands for that URL and PEER for the server.
  void expect_fetch(ScriptedServer::Script script, Words words, int status, std::string errors,
                    const std::set<std::string>& left = {}) const {
    ScriptedServer server(std::move(script));
    const std::string url = "http://" + server.name() + "/page.txt";
    words.push_back(url);
    const Outcome outcome = fetch(words);
    for (const auto& [name, value] : {std::pair{"URL", url}, {"PEER", server.name()}}) {
      if (const auto at = errors.find(name); at != std::string::npos) {
        errors.replace(at, std::string_view(name).size(), value);
      }
    }
    EXPECT_EQ(outcome.exit.status, status) << outcome.errors;
    EXPECT_TRUE(holds(outcome.errors, errors)) << outcome.errors << "\nwithout\n" << errors;
    EXPECT_EQ(files(), left);
    EXPECT_EQ(server.finish(), "");
  }

 private:
  TemporaryFolder folder_;
};

// Hears a whole request, and gives it.
std::string hear_request(Conversation& client) {
  std::string request;
  while (!request.ends_with("\r\n\r\n")) {
    const auto more = client.hear();
    if (more.empty()) throw std::runtime_error("no whole request: " + request);
    request += more;
  }
  return request;
}

ScriptedServer::Script answer(std::string text) {
  return [text = std::move(text)](Conversation& client) {
    hear_request(client);
    client.say(text);
  };
}

// --- real servers ---

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
  const std::string bytes = random_bytes(large);
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

TEST_F(FetchNginx, FollowsARedirectOnlyWhenItIsTold) {
  nginx_.serve("page.txt", "a page\n");
  const auto plain = fetch({nginx_.http() + "/moved"});
  EXPECT_EQ(plain.exit.status, 0) << plain.errors;
  EXPECT_TRUE(holds(content("moved"), "302 Found"));
  const auto followed = fetch({"-L", "-f", nginx_.http() + "/moved"});
  EXPECT_EQ(followed.exit.status, 0) << followed.errors;
  EXPECT_EQ(content("moved"), "a page\n");
  EXPECT_TRUE(holds(followed.errors, " 302 ")) << followed.errors;
  EXPECT_TRUE(holds(followed.errors, " 200 ")) << followed.errors;
}

TEST_F(FetchNginx, GivesUpARedirectThatLeadsNowhere) {
  const auto loop = fetch({"-L", nginx_.http() + "/loop"});
  EXPECT_EQ(loop.exit.status, 1) << loop.errors;
  EXPECT_TRUE(holds(loop.errors, "maximum (10) redirects followed")) << loop.errors;
  const auto far = fetch({"-L", nginx_.http() + "/far"});
  EXPECT_EQ(far.exit.status, 1) << far.errors;
  EXPECT_EQ(files(), std::set<std::string>{});
}

TEST_F(FetchNginx, SavesNoBodyOfAnError) {
  write("nope", "as it was");
  for (const auto& [name, text] :
       {std::pair{"nope", "404 Not Found"}, {"broken", "500 Internal Server Error"}}) {
    for (const Words& mode : {Words{}, Words{"--raw"}}) {
      const auto url = nginx_.http() + "/" + name;
      Words words{"-f", url};
      words.insert(words.end(), mode.begin(), mode.end());
      const auto outcome = fetch(words);
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
  // Plain HTTP is no handshake.
  const auto no_tls = fetch({"https" + nginx_.http().substr(4) + "/page.txt"});
  EXPECT_EQ(no_tls.exit.status, 7) << no_tls.errors;

  const auto trusted = fetch({"--cacert", nginx_.certificate(), nginx_.https() + "/page.txt"});
  EXPECT_EQ(trusted.exit.status, 0) << trusted.errors;
  EXPECT_EQ(content("page.txt"), "a page\n");
}

TEST_F(FetchNginx, TakesNoFileForACertificateThatIsNone) {
  const auto outcome = fetch({"--cacert", path("none.pem"), nginx_.https() + "/page.txt"});
  EXPECT_EQ(outcome.exit.status, 2) << outcome.errors;
  EXPECT_TRUE(holds(outcome.errors, "yodel: --cacert: ")) << outcome.errors;
}

TEST_F(FetchNginx, WritesHeaderAndBodyWhereItIsTold) {
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

TEST_F(FetchNginx, GivesAnAccountAsJson) {
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

TEST_F(FetchNginx, ShowsItsProgressOnATerminalAlone) {
  nginx_.serve("page.txt", std::string(1500, 'x'));
  Command on_terminal = command({nginx_.http() + "/page.txt"});
  on_terminal.terminal = true;
  const auto shown = run(on_terminal);
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
  const std::string bytes = random_bytes(100'000);
  python_.serve("a b.bin", bytes);
  for (const Words& mode : {Words{"-f"}, Words{"-f", "--raw"}}) {
    Words words = mode;
    words.push_back(python_.http() + "/a%20b.bin");
    const auto outcome = fetch(words);
    EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
    EXPECT_EQ(outcome.errors.find("HTTP/1.0 200 OK\r\n"), 0U) << outcome.errors;
    EXPECT_TRUE(content("a b.bin") == bytes);
    fs::remove(path("a b.bin"));
  }
  EXPECT_EQ(fetch({"--raw", python_.http() + "/none"}).exit.status, 8);
}

// --- what the server may do ---

TEST_F(Fetch, PutsChunksTogether) {
  expect_fetch(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3\r\nabc\r\n2\r\nde\r\n0\r\nChecked: yes\r\n\r\n"),
               {}, 0, "Transfer-Encoding: chunked", {"page.txt"});
  EXPECT_EQ(content("page.txt"), "abcde");
}

TEST_F(Fetch, LeavesChunksAsTheyAreWhenRaw) {
  const std::string chunks = "3\r\nabc\r\n0\r\n\r\n";
  expect_fetch(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks), {"--raw"},
               0, "", {"page.txt"});
  EXPECT_EQ(content("page.txt"), chunks);
}

TEST_F(Fetch, SendsOneRequestWhenRaw) {
  std::string request;
  expect_fetch(
      [&request](Conversation& client) {
        request = hear_request(client);
        client.say_bytewise("HTTP/1.0 200 OK\nA: b\n\nbody\n\nmore");
      },
      {"--raw"}, 0, "HTTP/1.0 200 OK\nA: b\n\n", {"page.txt"});
  EXPECT_EQ(content("page.txt"), "body\n\nmore");
  EXPECT_EQ(request.find("GET /page.txt HTTP/1.1\r\nHost: 127.0.0.1:"), 0U) << request;
  EXPECT_TRUE(holds(request, "\r\nConnection: close\r\n")) << request;
}

TEST_F(Fetch, KeepsNoPartOfABody) {
  const auto cut = answer("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
  expect_fetch(cut, {}, 1, "yodel: URL: transfer closed with ");
  expect_fetch(cut, {"--raw"}, 1,
               "yodel: URL: closed the connection when 3 of 1000 bytes of the body had");
  expect_fetch(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc"), {}, 1,
               "yodel: URL: ");
  write("page.txt", "as it was");
  expect_fetch(cut, {"-f"}, 1, "yodel: URL: ", {"page.txt"});
  EXPECT_EQ(content("page.txt"), "as it was");
}

TEST_F(Fetch, ReportsWhatIsNoAnswer) {
  expect_fetch(answer(""), {}, 1, "yodel: URL: empty reply from server");
  expect_fetch(answer(""), {"--raw"}, 1,
               "yodel: URL: closed the connection without an answer");
  expect_fetch(answer("welcome\n"), {}, 1, "yodel: URL: ");
  expect_fetch(answer("welcome\n"), {"--raw"}, 1,
               "yodel: URL: closed the connection before an empty line, which ends a "
               "header; it said 'welcome\\n'");
  expect_fetch(answer("welcome\n\nand more"), {"--raw"}, 1,
               "yodel: URL: no HTTP answer: it begins with 'welcome'");
  expect_fetch(answer("HTTP/1.1 200 OK\r\nA: " + std::string(300'000, 'a')), {"--raw"}, 1,
               "yodel: URL: no empty line, which ends a header, in 262144 bytes");
}

TEST_F(Fetch, EscapesAHeaderOnATerminal) {
  ScriptedServer server(answer("HTTP/1.1 200 OK\r\nA: \x1b[2J\r\nContent-Length: 0\r\n\r\n"));
  Command on_terminal = command({"-o", "page", "http://" + server.name() + "/"});
  on_terminal.terminal = true;
  const auto outcome = run(on_terminal);
  EXPECT_EQ(outcome.exit.status, 0) << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "A: \\x1b[2J")) << outcome.output;
  EXPECT_FALSE(holds(outcome.output, "\x1b[2J"));
}

TEST_F(Fetch, DoesNotWaitForAServerThatIsSilent) {
  const auto silent = [](Conversation& client) {
    hear_request(client);
    client.expect_end();
  };
  for (const Words& mode : {Words{}, Words{"--raw"}}) {
    Words words{"--timeout", "200ms"};
    words.insert(words.end(), mode.begin(), mode.end());
    expect_fetch(silent, words, 5, "yodel: URL: timed out after 200ms waiting for the answer");
    expect_fetch(
        [](Conversation& client) {
          hear_request(client);
          client.say("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
          client.expect_end();
        },
        words, 5, "3 bytes");
  }
}

// --- no connection ---

TEST_F(Fetch, TellsWhyThereIsNoConnection) {
  const auto unresolved = fetch({"http://no-such-host.invalid/page.txt"});
  EXPECT_EQ(unresolved.exit.status, 3) << unresolved.errors;
  EXPECT_TRUE(holds(unresolved.errors, "no-such-host.invalid")) << unresolved.errors;
  std::string peer;
  {
    const auto socket = listen_anywhere();
    peer = "127.0.0.1:" + socket.port;
  }
  for (const Words& mode : {Words{}, Words{"--raw"}}) {
    Words words{"http://" + peer + "/page.txt"};
    words.insert(words.end(), mode.begin(), mode.end());
    const auto refused = fetch(words);
    EXPECT_EQ(refused.exit.status, 4) << refused.errors;
    EXPECT_EQ(refused.errors, "yodel: " + peer + ": connection refused\n");
  }
  const auto family = fetch({"-6", "http://" + peer + "/page.txt"});
  EXPECT_EQ(family.exit.status, 3) << family.errors;
  EXPECT_TRUE(holds(family.errors, "no address of the kind that was asked for")) << family.errors;
  EXPECT_EQ(files(), std::set<std::string>{});
}

// --- files ---

TEST_F(Fetch, ReplacesOnlyWhatItMay) {
  write("page.txt", "as it was");
  const auto kept = fetch({"http://127.0.0.1:1/page.txt"});
  EXPECT_EQ(kept.exit.status, 6);
  EXPECT_EQ(kept.errors, "yodel: page.txt: exists already; --force replaces it\n");
  EXPECT_EQ(content("page.txt"), "as it was");

  fs::create_symlink("page.txt", path("link"));
  fs::permissions(path("page.txt"), fs::perms(0640));
  ASSERT_EQ(files().size(), 2U);
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew";
  expect_fetch(answer(text), {"-o", "link"}, 0, "", {"page.txt", "link"});
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content("page.txt"), "new");
  EXPECT_EQ(fs::status(path("page.txt")).permissions(), fs::perms(0640));
  expect_fetch(answer(text), {"-o", "-o"}, 0, "", {"page.txt", "link", "-o"});
}

TEST_F(Fetch, LosesAgainstAFileThatCameMeanwhile) {
  expect_fetch(
      [this](Conversation& client) {
        hear_request(client);
        write("page.txt", "the other's");
        client.say("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nnew");
      },
      {}, 6, "yodel: page.txt: File exists", {"page.txt"});
  EXPECT_EQ(content("page.txt"), "the other's");
}

TEST_F(Fetch, LeavesNothingWhenItIsInterrupted) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    for (const Words& mode : {Words{}, Words{"--raw"}}) {
      ScriptedServer server([](Conversation& client) {
        hear_request(client);
        client.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
        client.expect_end();
      });
      write("page.txt", "as it was");
      Program program(
          with_arguments(command({"-f", "http://" + server.name() + "/page.txt"}), mode));
      program.wait_for_errors("Content-Length: 1000\r\n\r\n");
      EXPECT_EQ(files().size(), 1U);  // what is on its way has no name
      program.signal(signal);
      EXPECT_EQ(program.wait().signal, signal) << program.errors();
      EXPECT_EQ(files(), std::set<std::string>{"page.txt"});
      EXPECT_EQ(content("page.txt"), "as it was");
      server.finish();
    }
  }
}

TEST_F(Fetch, ReportsAFullDisk) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  expect_fetch(answer(text), {"-o", "/dev/full"}, 6, "yodel: /dev/full: No space left on device");
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
  // These are seen before anybody is asked for anything.
  for (const auto& [file, cause] :
       {std::pair{"none/page", "No such file or directory"}, {".", "Is a directory"}}) {
    const auto outcome = fetch({"-o", file, "http://127.0.0.1:1/"});
    EXPECT_EQ(outcome.exit.status, 6);
    EXPECT_EQ(outcome.errors, std::string("yodel: ") + file + ": " + cause + "\n");
  }
}

// A file system of 64 kB, for as long as it lives, where this process may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(std::string folder)
      : folder_(std::move(folder)),
        mounted_(fs::create_directory(folder_) &&
                 ::mount("none", folder_.c_str(), "tmpfs", 0, "size=64k") == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  SmallDisk(SmallDisk&&) = delete;
  SmallDisk& operator=(SmallDisk&&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const noexcept { return mounted_; }

 private:
  std::string folder_;
  bool mounted_;
};

TEST_F(Fetch, LeavesNothingOnAFullFileSystem) {
  const auto disk = path("disk");
  const SmallDisk mounted(disk);
  if (!mounted.mounted()) GTEST_SKIP() << "a file system cannot be mounted here";
  write("disk/page", "as it was");
  expect_fetch(
      [](Conversation& client) {
        hear_request(client);
        try {
          client.say("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" +
                     std::string(200'000, 'x'));
        } catch (const std::runtime_error&) {
          // It does not take it all.
        }
      },
      {"-o", "disk/page"}, 6, "yodel: disk/page: No space left on device", {"disk"});
  EXPECT_EQ(content("disk/page"), "as it was");
  EXPECT_EQ(std::distance(fs::directory_iterator(disk), {}), 1);
}

TEST_F(Fetch, EndsWithItsReader) {
  ScriptedServer server([](Conversation& client) {
    hear_request(client);
    try {
      client.say("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n" +
                 std::string(8'000'000, 'x'));
    } catch (const std::runtime_error&) {
      // It has gone, as it should.
    }
  });
  const auto outcome =
      run({.path = "/bin/bash",
           .arguments = {"-c", R"("$@" | head -c 3; echo " ${PIPESTATUS[0]}")", "bash",
                         binary("yodel"), "fetch", "-o", "-", "http://" + server.name() + "/"},
           .unset = command({}).unset,
           .folder = path(".")});
  EXPECT_EQ(outcome.output, "xxx " + std::to_string(128 + SIGPIPE) + "\n") << outcome.errors;
  EXPECT_EQ(server.finish(), "");
}

// --- the program that it is ---

// A copy of a program, there.
void install(const std::string& name, const std::string& to) {
  std::filesystem::create_directories(std::filesystem::path(to).parent_path());
  std::filesystem::copy_file(binary(name), to);
}

TEST_F(Fetch, IsFoundInLibexecToo) {
  install("yodel", path("bin/yodel"));
  install("yodel-fetch", path("libexec/yodel/yodel-fetch"));
  for (const Words& words : {Words{"fetch", "--help"}, Words{"help", "fetch"}}) {
    const auto outcome = run({.path = path("bin/yodel"), .arguments = words});
    EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
    EXPECT_TRUE(holds(outcome.output, "Usage: yodel fetch [OPTIONS] URL")) << outcome.output;
  }
}

TEST_F(Fetch, NamesItsPackageWhereItIsNotAndNeverLooksInPath) {
  install("yodel", path("yodel"));
  install("yodel-fetch", path("elsewhere/yodel-fetch"));
  for (const Words& words : {Words{"fetch", "http://127.0.0.1:1/x"}, Words{"help", "fetch"}}) {
    const auto outcome =
        run({.path = path("yodel"), .arguments = words, .set = {{"PATH", path("elsewhere")}}});
    EXPECT_EQ(outcome.exit.status, 2);
    EXPECT_EQ(outcome.errors,
              "yodel: 'yodel fetch' is not installed; it comes in the package yodel-fetch: "
              "apt install yodel-fetch\n");
  }
}

TEST_F(Fetch, SaysWhyItCannotBeStarted) {
  install("yodel", path("yodel"));
  std::ofstream(path("yodel-fetch")) << "not a program";
  const auto outcome = run({.path = path("yodel"), .arguments = {"fetch", "http://127.0.0.1:1/x"}});
  EXPECT_EQ(outcome.exit.status, 2);
  EXPECT_EQ(outcome.errors, "yodel: " + path("yodel-fetch") + ": Permission denied\n");
}

TEST(Client, LinksNoLibraryOfFetch) {
  if (sanitized) GTEST_SKIP() << "ldd(1) does not run what sanitizers link";
  const auto libraries = run({.path = "/usr/bin/ldd", .arguments = {binary("yodel")}});
  EXPECT_EQ(libraries.exit.status, 0) << libraries.errors;
  EXPECT_FALSE(holds(libraries.output, "curl")) << libraries.output;
  EXPECT_TRUE(holds(libraries.output, "libedit")) << libraries.output;
}

// --- the command line ---

TEST_F(Fetch, RefusesWhatItCannotUse) {
  const std::string url = "http://127.0.0.1:1/page.txt";
  const std::vector<std::pair<Words, std::string>> cases{
      {{}, "URL is required"},
      {{"example.com/page"}, "'example.com/page': no scheme; expected http://"},
      {{"ftp://example.com/page"}, "not an http or https URL"},
      {{"file:///etc/passwd"}, "not an http or https URL"},
      {{"http://"}, "no host"},
      {{"http:///page"}, "no"},
      {{"http://127.0.0.1:99999/page"}, "not a port"},
      {{"http://127.0.0.1:0/page"}, "not a port"},
      {{"http://127.0.0.1/a b"}, "a space or a control character"},
      {{"http://127.0.0.1/a\nb"}, "a space or a control character"},
      {{"http://[::1/page"}, "not a URL"},
      {{"http://127.0.0.1:1"}, "the URL names no file; name one with -o FILE"},
      {{"http://127.0.0.1:1/folder/"}, "the URL names no file; name one with -o FILE"},
      {{"http://127.0.0.1:1/..%2F..%2Fpage"}, "'../../page' in the URL is not the name of one"},
      {{"http://127.0.0.1:1/a/%2e%2e%2f"}, "'../' in the URL is not the name of one file"},
      {{"http://127.0.0.1:1/a%00b"}, "'a\\x00b' in the URL has characters that are not for"},
      {{"http://127.0.0.1:1/a%1b%5b2J"}, "'a\\x1b[2J' in the URL has characters that are not"},
      {{"http://127.0.0.1:1/" + std::string(300, 'a')}, "is too long for a name"},
      {{"-o", "", url}, "--output: the name of a file is empty"},
      {{"--raw", "https://127.0.0.1:1/page"}, "--raw takes an http URL only"},
      {{"--raw", "http://me:secret@127.0.0.1:1/page"}, "--raw sends no user name and password"},
      {{"--raw", "-L", url}, "excludes"},
      {{"--json", "-i", url}, "excludes"},
      {{"--json", "-o", "-", url}, "--json needs standard output"},
      {{"--timeout", "0", url}, "--timeout: '0' is not a length of time"},
      {{"-4", "-6", url}, "excludes"},
      {{url, "more"}, "unexpected argument 'more'"},
  };
  for (const auto& [words, text] : cases) {
    const auto outcome = fetch(words);
    EXPECT_EQ(outcome.exit.status, 2) << outcome.errors;
    EXPECT_TRUE(holds(outcome.errors, text)) << outcome.errors << "without\n" << text;
    EXPECT_EQ(outcome.output, "");
  }
  EXPECT_EQ(files(), std::set<std::string>{});
}

}  // namespace
}  // namespace yodel::tests
