// `yodel fetch` as a user sees it, against servers that say exactly what a test wants.
#include "tests/integration/fetch.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <stdexcept>
#include <string>
#include <sys/mount.h>
#include <utility>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/scripted_server.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

namespace fs = std::filesystem;

// Answers a request with `text`, to a client that goes before it has taken all of it.
ScriptedServer::Script say_all_it_takes(std::string text) {
  return [text = std::move(text)](Conversation& client) {
    hear_request(client);
    try {
      client.say(text);
    } catch (const std::runtime_error&) {
      // It has gone, as it should.
    }
  };
}

// --- the response ---

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
               "yodel: URL: the server closed the connection after 3 of 1000 bytes of the body");
  expect_fetch(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc"), {}, 1,
               "yodel: URL: ");
  write("page.txt", "as it was");
  expect_fetch(cut, {"-f"}, 1, "yodel: URL: ", {"page.txt"});
  EXPECT_EQ(content("page.txt"), "as it was");
}

TEST_F(Fetch, ReportsWhatIsNotAResponse) {
  expect_fetch(answer(""), {}, 1, "yodel: URL: empty reply from server");
  expect_fetch(answer(""), {"--raw"}, 1,
               "yodel: URL: the server closed the connection without a response");
  expect_fetch(answer("welcome\n"), {}, 1, "yodel: URL: ");
  expect_fetch(answer("welcome\n"), {"--raw"}, 1,
               "yodel: URL: the server closed the connection before the end of the header; it sent "
               "'welcome\\n'");
  expect_fetch(answer("welcome\n\nand more"), {"--raw"}, 1,
               "yodel: URL: not an HTTP response: it begins with 'welcome'");
  expect_fetch(answer("HTTP/1.1 200 OK\r\nA: " + std::string(300'000, 'a')), {"--raw"}, 1,
               "yodel: URL: no end of the header within 256KiB");
}

TEST_F(Fetch, EscapesAHeaderOnATerminal) {
  const auto outcome =
      run_against(answer("HTTP/1.1 200 OK\r\nA: \x1b[2J\r\nContent-Length: 0\r\n\r\n"),
                  on_terminal(command({"-o", "page", "http://PEER/"})));
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
    expect_fetch(silent, words, 5, "yodel: URL: timed out after 200ms waiting for the response");
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

TEST_F(Fetch, ReportsWhyThereIsNoConnection) {
  const auto unresolved = fetch({"http://no-such-host.invalid/page.txt"});
  EXPECT_EQ(unresolved.exit.status, 3) << unresolved.errors;
  EXPECT_TRUE(holds(unresolved.errors, "no-such-host.invalid")) << unresolved.errors;
  const auto nobody = bind_anywhere();
  const auto url = "http://" + nobody.address + "/page.txt";
  for (const Words& mode : {Words{}, Words{"--raw"}}) {
    expect_outcome(run(with_arguments(command({url}), mode)), 4,
                   "yodel: " + nobody.address + ": connection refused\n");
  }
  const auto family = fetch({"-6", url});
  EXPECT_EQ(family.exit.status, 3) << family.errors;
  EXPECT_TRUE(holds(family.errors, "no address of the requested family")) << family.errors;
  EXPECT_EQ(files(), std::set<std::string>{});
}

// --- files ---

TEST_F(Fetch, ReplacesOnlyWhatItMay) {
  write("page.txt", "as it was");
  expect_outcome(fetch({"http://127.0.0.1:1/page.txt"}), 6,
                 "yodel: page.txt: already exists; --force replaces it\n");
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

TEST_F(Fetch, GivesWayToAFileThatCameMeanwhile) {
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
      EXPECT_EQ(files().size(), 1U);  // the unfinished file has no name
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
  // These errors show before the server is contacted.
  for (const auto& [file, cause] :
       {std::pair{"none/page", "No such file or directory"}, {".", "Is a directory"}}) {
    expect_outcome(fetch({"-o", file, "http://127.0.0.1:1/"}), 6,
                   std::string("yodel: ") + file + ": " + cause + "\n");
  }
}

// Mounts a file system of 64 kB for as long as it lives, if this process may.
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
  expect_fetch(say_all_it_takes("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" +
                                std::string(200'000, 'x')),
               {"-o", "disk/page"}, 6, "yodel: disk/page: No space left on device", {"disk"});
  EXPECT_EQ(content("disk/page"), "as it was");
  EXPECT_EQ(std::distance(fs::directory_iterator(disk), {}), 1);
}

TEST_F(Fetch, EndsWithItsReader) {
  const auto outcome =
      run_against(say_all_it_takes("HTTP/1.1 200 OK\r\nContent-Length: 8000000\r\n\r\n" +
                                   std::string(8'000'000, 'x')),
                  {.path = "/bin/bash",
                   .arguments = {"-c", R"("$@" | head -c 3; echo " ${PIPESTATUS[0]}")", "bash",
                                 binary("yodel"), "fetch", "-o", "-", "http://PEER/"},
                   .unset = command({}).unset,
                   .folder = path(".")});
  EXPECT_EQ(outcome.output, "xxx " + std::to_string(128 + SIGPIPE) + "\n") << outcome.errors;
}

// --- the program that it is ---

// Puts a copy of a program there.
void install(const std::string& name, const std::string& to) {
  fs::create_directories(fs::path(to).parent_path());
  fs::copy_file(binary(name), to);
}

TEST_F(Fetch, IsFoundInLibexecToo) {
  install("yodel", path("bin/yodel"));
  install("yodel-fetch", path("libexec/yodel/yodel-fetch"));
  for (const Words& words : {Words{"fetch", "--help"}, Words{"help", "fetch"}}) {
    const auto outcome = run({.path = path("bin/yodel"), .arguments = words});
    EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
    EXPECT_TRUE(holds(outcome.output, "Usage: yodel fetch [OPTION]... URL")) << outcome.output;
  }
}

TEST_F(Fetch, NamesItsPackageIfItIsMissingAndNeverLooksInPath) {
  install("yodel", path("yodel"));
  install("yodel-fetch", path("elsewhere/yodel-fetch"));
  for (const Words& words : {Words{"fetch", "http://127.0.0.1:1/x"}, Words{"help", "fetch"}}) {
    const auto outcome =
        run({.path = path("yodel"), .arguments = words, .set = {{"PATH", path("elsewhere")}}});
    expect_outcome(outcome, 2,
                   "yodel: 'yodel fetch' is not installed; it comes in the package yodel-fetch: "
                   "apt install yodel-fetch\n");
  }
}

TEST_F(Fetch, SaysWhyItCannotBeStarted) {
  install("yodel", path("yodel"));
  std::ofstream(path("yodel-fetch")) << "not a program";
  const auto outcome = run({.path = path("yodel"), .arguments = {"fetch", "http://127.0.0.1:1/x"}});
  expect_outcome(outcome, 2, "yodel: " + path("yodel-fetch") + ": Permission denied\n");
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
      {{}, "no URL given"},
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
      {{"http://127.0.0.1:1/..%2F..%2Fpage"}, "'../../page' in the URL is not a file name"},
      {{"http://127.0.0.1:1/a/%2e%2e%2f"}, "'../' in the URL is not a file name"},
      {{"http://127.0.0.1:1/a%00b"}, "'a\\x00b' in the URL has unprintable characters"},
      {{"http://127.0.0.1:1/a%1b%5b2J"}, "'a\\x1b[2J' in the URL has unprintable characters"},
      {{"http://127.0.0.1:1/" + std::string(300, 'a')}, "is too long for a file name"},
      {{"-o", "", url}, "--output: the file name is empty"},
      {{"--raw", "https://127.0.0.1:1/page"}, "--raw takes an http URL only"},
      {{"--raw", "http://me:secret@127.0.0.1:1/page"},
       "--raw cannot send a user name and password"},
      {{"--raw", "-L", url}, "cannot be combined with"},
      {{"--json", "-i", url}, "cannot be combined with"},
      {{"--json", "-o", "-", url}, "--json needs standard output"},
      {{"--timeout", "0", url}, "--timeout: '0' is not a valid time"},
      {{"-4", "-6", url}, "cannot be combined with"},
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
