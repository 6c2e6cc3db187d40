// Starts the real daemon with every invalid file.

#include "tests/unit/bad_files.hpp"

#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>

#include "tests/integration/daemon.hpp"

namespace yodel::tests {
namespace {

Outcome serve_with(const std::string& file) {
  return run({.path = binary("yodeld"), .arguments = {"--config", file}});
}

TEST(BadFiles, CauseStatus78AndAnErrorAtEachPlace) {
  const TemporaryFolder folder;
  for (const auto& bad : bad_files()) {
    const std::string file = folder.write("yodeld.toml", bad.text);
    const auto outcome = serve_with(file);
    EXPECT_EQ(outcome.exit.status, 78) << bad.name;
    EXPECT_EQ(outcome.output, "") << bad.name;
    std::size_t lines = 0;
    for (const char c : outcome.errors)
      lines += c == '\n' ? 1 : 0;
    EXPECT_EQ(lines, bad.faults.size()) << bad.name << "\n" << outcome.errors;
    for (const auto& fault : bad.faults) {
      const std::string place = file + ":" + std::to_string(fault.line) + ":" +
                                std::to_string(fault.column) + ": error: ";
      const auto found = outcome.errors.find(place);
      EXPECT_NE(found, std::string::npos) << bad.name << " at " << place << "\n" << outcome.errors;
      if (found == std::string::npos) continue;
      const auto line = outcome.errors.substr(found, outcome.errors.find('\n', found) - found);
      EXPECT_TRUE(fault.is_in(line)) << bad.name << ": " << fault.text << "\n" << line;
    }
  }
}

TEST(BadFiles, IncludeThoseThatDoNotExist) {
  const TemporaryFolder folder;
  const auto missing = serve_with(folder.path() + "/missing.toml");
  EXPECT_EQ(missing.exit.status, 78);
  EXPECT_NE(missing.errors.find("No such file"), std::string::npos) << missing.errors;
  const auto directory = serve_with(folder.path());
  EXPECT_EQ(directory.exit.status, 78);
  EXPECT_NE(directory.errors.find("directory"), std::string::npos) << directory.errors;
}

TEST(BadFiles, IncludeThoseWithoutPermission) {
  const TemporaryFolder folder;
  const auto file = folder.write("y.toml", "");
  ASSERT_EQ(::chmod(file.c_str(), 0), 0);
  const auto outcome = run(unprivileged_daemon({"--config", file}, folder));
  EXPECT_EQ(outcome.exit.status, 78);
  EXPECT_TRUE(outcome.errors.ends_with(": error: cannot read: Permission denied\n"))
      << outcome.errors;
}

}  // namespace
}  // namespace yodel::tests
