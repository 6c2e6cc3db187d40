// The command line of `yodel bench`, and the files that it reads and writes.

#include <csignal>
#include <filesystem>
#include <gtest/gtest.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include "tests/integration/client.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/processes.hpp"
#include "tests/integration/program.hpp"
#include "tests/integration/sockets.hpp"

namespace yodel::tests {
namespace {

using nlohmann::json;

const std::string hint = "Try 'yodel bench --help' for more information.\n";

void expect_failure(const std::string& server, const Words& words, int status,
                    const std::string& errors) {
  expect_outcome(run(bench(server, words)), status, errors);
}

TEST(Bench, RefusesInvalidCommandLines) {
  const std::string server = "127.0.0.1:1";
  for (const Words& other : {Words{"--rate", "3"},
                             {"-n", "2"},
                             {"--new-connection"},
                             {"-c", "3"},
                             {"-c", "1"},
                             {"--warm-up", "1s"}}) {
    Words words{"--hold", "2"};
    words.insert(words.end(), other.begin(), other.end());
    expect_failure(server, words, 2,
                   "yodel: --hold sends one request on each of its connections: it cannot be "
                   "combined with --connections, --new-connection, --rate, --count or "
                   "--warm-up\n" +
                       hint);
  }
  expect_failure(
      server, {"-n", "2", "-d", "1s"}, 2,
      "yodel: --count cannot be combined with --duration: either one ends the run\n" + hint);
  const std::vector<std::pair<Words, std::string>> numbers{
      {{"--size", "70000"}, "--size: '70000' is not a whole number from 1 to 65536"},
      {{"--protocol", "echo", "--size", "70m"},
       "--size: '70m' is not a whole number from 1 to 16777216"},
      {{"-c", "0"}, "--connections: '0' is not a whole number from 1 to 1000000"},
      {{"--hold", "1.5"}, "--hold: '1.5' is not a whole number from 1 to 1000000"},
      {{"-n", "-1"}, "--count: '-1' is not a whole number from 1 to 1000000000000"},
      {{"--threads", ""}, "--threads: '' is not a whole number from 1 to 256"},
      {{"--rate", "0"}, "--rate: '0' is not a number from 0.001 to 10000000"},
      {{"--rate", "nan"}, "--rate: 'nan' is not a number from 0.001 to 10000000"},
      {{"--protocol", "http"}, "--protocol: 'http' is unknown; expected greet, echo or probe"},
      {{"--protocol", "echo", "--unframed"}, "--unframed: the echo protocol has no framing"},
      {{"--protocol", "probe", "--size", "70000"},
       "--size: '70000' is not a whole number from 1 to 65536"},
  };
  for (const auto& [words, error] : numbers) {
    std::string errors = "yodel: ";
    errors.append(error).append("\n").append(hint);
    expect_failure(server, words, 2, errors);
  }
  expect_failure(server, {"--source", "x"}, 2,
                 "yodel: --source: 'x' is not an IPv4 or IPv6 address\n" + hint);
  expect_failure(server, {"--source", "[::1]"}, 2,
                 "yodel: --source: '[::1]' is not an IPv4 or IPv6 address\n" + hint);
  expect_failure(server, {"--duration", "[1s"}, 2,
                 "yodel: --duration: '[1s' is not a valid time; expected one above zero and up "
                 "to 365d, such as 500ms, 2.5s, 1m30s or a number of seconds\n" +
                     hint);
  if (has_ipv6()) {
    expect_failure(
        server, {"--source", "::1"}, 3,
        "yodel: 127.0.0.1 is an IPv4 address, and --ipv6 was given (or an IPv6 --source)\n");
  }
  expect_failure(server, {"--source", "192.0.2.1"}, 2,
                 "yodel: --source: 192.0.2.1 is not an address of this host\n" + hint);
  const auto many =
      run({.path = "/bin/sh",
           .arguments = {"-c", R"(ulimit -n 60; exec "$0" bench -c 50)", binary("yodel")}});
  EXPECT_EQ(many.exit.status, 2);
  EXPECT_TRUE(
      holds(many.errors, "file descriptors, but the limit is 60: raise it with 'ulimit -n'"))
      << many.errors;
}

TEST(Bench, WritesItsFiguresWholeOrNotAtAll) {
  Daemon daemon;
  const auto where = daemon.address();
  const TemporaryFolder folder;
  const auto file = folder.write("run.json", "old");
  const auto outcome = run(bench(where, {"-n", "5", "--json", file}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_TRUE(holds(outcome.output, "5 replies in ")) << outcome.output;
  EXPECT_TRUE(holds(outcome.output, "round trip")) << outcome.output;
  EXPECT_EQ(json::parse(read_file(file))["replies"], 5);
  expect_failure(where, {"-n", "5", "--json", "/dev/full"}, 6,
                 "yodel: /dev/full: No space left on device\n");
  expect_failure(where, {"-n", "5", "--json", folder.path() + "/none/run.json"}, 6,
                 "yodel: " + folder.path() + "/none/run.json: No such file or directory\n");
}

TEST(Bench, EscapesANameThatIsNotUtf8) {
  const auto outcome = run(bench("unix:/tmp/\xff\x1b", {"-n", "1", "--json", "-"}));
  EXPECT_EQ(json::parse(outcome.output)["run"]["server"], "unix:/tmp/\\xff\\x1b");
  expect_outcome(
      outcome, 4,
      "yodel: unix:/tmp/\\xff\\x1b: 1 failed: unreachable (no such file or directory)\n");
}

TEST(Bench, ChecksItsFilesBeforeItRuns) {
  const TemporaryFolder folder;
  const std::string page = folder.path() + "/page.html";
  const std::string nobody = "127.0.0.1:1";
  expect_failure(
      nobody, {"--compare", "old.json"}, 2,
      "yodel: --compare needs --report, which writes the page that shows both runs\n" + hint);
  const auto other = folder.path() + "/./page.html";
  const auto link = folder.path() + "/link";
  std::filesystem::create_symlink("page.html", link);
  for (const auto& [one, two] : {std::pair(std::string("-"), std::string("-")),
                                 {"-", "/dev/stdout"},
                                 {page, page},
                                 {page, other},
                                 {link, page}}) {
    std::string error = "yodel: --report: '";
    error.append(two).append("' is the same file as '").append(one);
    expect_failure(nobody, {"--json", one, "--report", two}, 2,
                   error.append("', which --json writes\n"));
  }
  for (const char* option : {"--json", "--report", "--compare"}) {
    std::string error = "yodel: ";
    error.append(option).append(": the file name is empty\n").append(hint);
    expect_failure(nobody, {option, ""}, 2, error);
  }
  const auto expect_refused = [&](const std::string& old, const std::string& error) {
    expect_failure(nobody, {"--report", page, "--compare", old}, 2,
                   "yodel: " + old + ": " + error + "\n");
  };
  const std::string expected = " (expected a file written by 'yodel bench --json')";
  expect_refused(folder.path() + "/none", "No such file or directory");
  const std::string pipe = folder.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), S_IRWXU), 0);
  for (const std::string& old : {folder.path(), std::string("/dev/zero")})
    expect_refused(old, "is neither a file nor a pipe" + expected);
  EXPECT_EQ(run(bench(nobody, {"--report", page, "--compare", pipe})).exit.status, 2)
      << "nobody writes to it";
  expect_refused(folder.write("list", "[]"),
                 "the document: expected an object, got an array" + expected);
  expect_refused(folder.write("other", R"({"schema": 3, "yodel": 1})"),
                 "yodel: expected a string, got 1" + expected);
  expect_refused(folder.write("older", R"({"yodel": "0.1.0"})"),
                 "was written by an older yodel: its schema is 1, this yodel reads 3 (run the "
                 "benchmark again with this yodel)");
  for (const char* option : {"--json", "--report"}) {
    const auto there = folder.path() + "/none/file";
    // No output: there was no run.
    expect_outcome(run(bench(nobody, {option, there})), 6, "",
                   "yodel: " + there + ": No such file or directory\n");
  }
  EXPECT_FALSE(std::filesystem::exists(page));
}

// Whatever its name, a file that is standard output replaces the summary: both would overwrite each
// other.
TEST(Bench, RecognisesStandardOutputByAnyName) {
  Daemon daemon;
  const TemporaryFolder folder;
  const auto file = folder.path() + "/run.json";
  for (const auto& name : {file, std::string("/dev/stdout"), std::string("/proc/self/fd/1")}) {
    const auto command = bench(daemon.address(), {"-n", "5", "--json", name});
    Command shell{.path = "/bin/sh", .arguments = {"-c", R"("$0" "$@" >)" + file, command.path}};
    const auto outcome = run(with_arguments(shell, command.arguments));
    EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
    EXPECT_EQ(json::parse(read_file(file))["replies"], 5) << name;
  }
}

TEST(Bench, NeedsLittleMemoryForAHostileFile) {
  if (sanitized) GTEST_SKIP() << "the address sanitizer takes terabytes of address space";
  const TemporaryFolder folder;
  for (const std::string part : {"[", R"({"a":)", "1,", "\"\",", "{},",
                                 R"("abcdefghijklmnopqr":{},)", "\n", "x", "1", R"({"a":[0]},)"}) {
    std::string text = part.starts_with('"') ? "{" : part == "x" ? "\"" : "[";
    while (text.size() < std::size_t{5} << 20U)
      text += part;
    text.resize(std::size_t{5} << 20U);
    // 100 MB, with the libraries.
    const auto refused =
        run({.path = "/bin/sh",
             .arguments = {"-c", R"(ulimit -v 100000; exec "$0" bench "$@")", binary("yodel"), "-s",
                           "127.0.0.1:1", "--report", folder.path() + "/page.html", "--compare",
                           folder.write("old", text)}});
    EXPECT_EQ(refused.exit.status, 2) << part;
    EXPECT_TRUE(holds(refused.errors, "(expected a file written by 'yodel bench --json')"))
        << part << ": " << refused.errors;
  }
  expect_failure("127.0.0.1:1",
                 {"--report", folder.path() + "/page.html", "--compare",
                  folder.write("larger", std::string((std::size_t{5} << 20U) + 1, ' '))},
                 2,
                 "yodel: " + folder.path() +
                     "/larger: is larger than 5 MiB (expected a file written by 'yodel bench "
                     "--json')\n");
}

TEST(Bench, WritesACompleteReport) {
  Daemon daemon;
  const auto where = daemon.address();
  const TemporaryFolder folder;
  const auto file = folder.write("run.json", "old");
  const auto page = folder.write("page.html", "old");
  auto outcome = run(bench(where, {"-n", "5", "--json", file, "--report", page}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_TRUE(holds(outcome.output, "5 replies in ")) << outcome.output;
  EXPECT_TRUE(read_file(page).ends_with("</html>\n"));
  outcome =
      run({.path = "/bin/bash",
           .arguments = {"-c", R"("$0" bench -s "$1" -n 1 --report "$2" --compare <(cat "$3"))",
                         binary("yodel"), where, page, file}});
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  // --json may replace the file that --compare reads.
  outcome = run(bench(where, {"-n", "6", "--json", file, "--report", "-", "--compare", file}));
  EXPECT_EQ(outcome.exit.status, 0) << outcome.errors;
  EXPECT_TRUE(outcome.output.starts_with("<!DOCTYPE html>")) << outcome.output;
  EXPECT_TRUE(outcome.output.ends_with("</html>\n"));
  EXPECT_TRUE(holds(outcome.output, R"(<data class="this" value="6">6</data>)"));
  EXPECT_TRUE(holds(outcome.output, R"(<data class="old" value="5">5</data>)"));
  EXPECT_EQ(json::parse(read_file(file))["replies"], 6);
  // The files are complete even if nobody reads the summary.
  outcome = run({.path = "/bin/bash",
                 .arguments = {"-c", R"("$0" bench -s "$1" -n 4 --json "$2" --report "$3" | true)",
                               binary("yodel"), where, file, page}});
  EXPECT_EQ(json::parse(read_file(file))["replies"], 4);
  EXPECT_TRUE(holds(read_file(page), R"(<data class="this" value="4">4</data>)"));
  // If one of the files fails, the other is still written.
  expect_failure(where, {"-n", "7", "--json", "/dev/full", "--report", page}, 6,
                 "yodel: /dev/full: No space left on device\n");
  EXPECT_TRUE(holds(read_file(page), R"(<data class="this" value="7">7</data>)"));
  expect_failure(where, {"-n", "8", "--json", file, "--report", "/dev/full"}, 6,
                 "yodel: /dev/full: No space left on device\n");
  EXPECT_EQ(json::parse(read_file(file))["replies"], 8);
}

TEST(Bench, LeavesNoPartialFilesWhenASignalKillsIt) {
  Daemon daemon;
  const TemporaryFolder folder;
  const auto file = folder.write("run.json", "old");
  const auto page = folder.write("page.html", "old");
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {});
  };
  Program program(bench(daemon.address(), {"-d", "60m", "--json", file, "--report", page}));
  wait_until("its connection", [&] { return children_of(daemon.acceptor()).size() == 1; });
  EXPECT_EQ(files(), 2) << "the new files have no names yet";
  program.signal(SIGHUP);
  EXPECT_EQ(program.wait().signal, SIGHUP);
  EXPECT_EQ(files(), 2);
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(read_file(page), "old");
}

}  // namespace
}  // namespace yodel::tests
