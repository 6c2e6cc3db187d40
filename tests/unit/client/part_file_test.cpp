// Files that appear once they are complete, with and without a temporary name.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <unistd.h>

#include "client/file/target_file.hpp"
#include "tests/integration/daemon.hpp"

namespace yodel::client {
namespace {

namespace fs = std::filesystem;
using Existing = TargetFile::Existing;

// Runs in a folder of its own.
class PartFiles : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.path() + "/page"; }
  [[nodiscard]] std::string content() const { return tests::read_file(path()); }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_.path()), {}));
  }

  // Writes, commits, replaces, and gives way to a file that is there. Meanwhile the folder has
  // `meanwhile` files besides.
  void expect_files(std::size_t meanwhile) {
    for (const std::string text : {"first", "second"}) {
      auto file = TargetFile::open(path(), Existing::replace);
      ASSERT_TRUE(file && file->write(text)) << file.error().text;
      EXPECT_EQ(files(), meanwhile + (text == "second" ? 1 : 0));
      ASSERT_TRUE(file->commit());
      EXPECT_EQ(content(), text);
    }
    fs::remove(path());
    {
      auto loser = TargetFile::open(path(), Existing::keep);
      ASSERT_TRUE(loser && loser->write("loser"));
      std::ofstream(path()) << "other";
      EXPECT_EQ(loser->commit().error().text, path() + ": File exists");
    }
    { ASSERT_TRUE(TargetFile::open(path(), Existing::replace)); }  // is not committed
    EXPECT_EQ(content(), "other");
    EXPECT_EQ(files(), 1U);
  }

 private:
  tests::TemporaryFolder folder_;
};

TEST_F(PartFiles, HaveNoNameUntilTheyAreComplete) {
  expect_files(0);
}

TEST_F(PartFiles, HaveANameWithoutProc) {
  EXPECT_EXIT(
      {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
            ::mount("none", "/proc", "tmpfs", 0, nullptr) != 0) {
          ::_exit(0);  // what this kernel does not allow is not tested
        }
        expect_files(1);
        ::_exit(HasFailure() ? 1 : 0);  // the leak check at exit(3) needs /proc
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace yodel::client
