// Files that are there already where one is to be written: their attributes are kept, and no link
// of another user is followed.
#include "client/file/target_file.hpp"

#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vector>

#include "tests/integration/daemon.hpp"

namespace yodel::client {
namespace {

namespace fs = std::filesystem;
using Existing = TargetFile::Existing;

constexpr uid_t somebody = 12345;
constexpr uid_t somebody_else = 12346;

class TargetFiles : public testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }
  [[nodiscard]] static std::string content(const std::string& path) {
    return tests::read_file(path);
  }
  static void make(const std::string& path, const std::string& text = "old") {
    std::ofstream(path) << text;
  }
  static struct stat status_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status;
  }
  // Writes "new" there, and returns what went wrong, or an empty string.
  static std::string write(const std::string& path, Existing existing = Existing::replace) {
    auto file = TargetFile::open(path, existing);
    if (!file) return file.error().text;
    const auto done = file->write("new").and_then([&] { return file->commit(); });
    return done ? "" : done.error().text;
  }
  // Runs `test` in a process of its own, so that it does not affect the other tests.
  static void expect_in_child(const std::function<void()>& test) {
    EXPECT_EXIT(
        {
          test();
          ::_exit(HasFailure() ? 1 : 0);  // the leak check at exit(3) needs /proc
        },
        testing::ExitedWithCode(0), "");
  }
  static void become(uid_t user) { ASSERT_TRUE(::setegid(user) == 0 && ::seteuid(user) == 0); }

 private:
  tests::TemporaryFolder folder_;
};

TEST_F(TargetFiles, FollowLinksThatLeadNowhere) {
  fs::create_directory(path("releases"));
  fs::create_symlink("releases/2", path("current"));
  fs::create_symlink("current", path("link"));
  EXPECT_EQ(write(path("link")), "");
  EXPECT_TRUE(fs::is_symlink(path("link")) && fs::is_symlink(path("current")));
  EXPECT_EQ(content(path("releases/2")), "new");
  fs::create_symlink("nowhere/2", path("lost"));
  EXPECT_EQ(write(path("lost")), path("lost") + ": No such file or directory");
  EXPECT_TRUE(fs::is_symlink(path("lost")));
  fs::create_symlink("loop", path("loop"));
  EXPECT_EQ(write(path("loop")), path("loop") + ": Too many levels of symbolic links");
  EXPECT_EQ(write(path("new/")), path("new/") + ": Is a directory");
}

TEST_F(TargetFiles, KeepWhatALinkLeadsTo) {
  make(path("file"));
  ::chmod(path("file").c_str(), 0640);
  fs::create_symlink("file", path("link"));
  EXPECT_EQ(write(path("link")), "");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content(path("file")), "new");
  EXPECT_EQ(status_of(path("file")).st_mode & 0777U, 0640U);
}

TEST_F(TargetFiles, KeepOwnerAndGroup) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  make(path("file"));
  ASSERT_EQ(::chown(path("file").c_str(), somebody, somebody_else), 0);
  EXPECT_EQ(write(path("file")), "");
  EXPECT_EQ(content(path("file")), "new");
  EXPECT_EQ(status_of(path("file")).st_uid, somebody);
  EXPECT_EQ(status_of(path("file")).st_gid, somebody_else);
}

// A user who may write the file cannot give a new one away.
TEST_F(TargetFiles, KeepTheOwnerWhoLetsOthersWrite) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become others";
  fs::permissions(path(""), fs::perms::all);
  make(path("file"));
  ASSERT_EQ(::chown(path("file").c_str(), somebody, somebody), 0);
  ASSERT_EQ(::chmod(path("file").c_str(), 0666), 0);
  expect_in_child([&] {
    become(somebody_else);
    EXPECT_EQ(write(path("file")), "");
  });
  EXPECT_EQ(content(path("file")), "new");
  EXPECT_EQ(status_of(path("file")).st_uid, somebody);
}

TEST_F(TargetFiles, KeepOtherNamesAndAttributes) {
  make(path("file"));
  fs::create_hard_link(path("file"), path("other"));
  EXPECT_EQ(write(path("file")), "");
  EXPECT_EQ(content(path("other")), "new") << "it is one file";
  fs::remove(path("other"));
  if (::setxattr(path("file").c_str(), "user.origin", "x", 1, 0) != 0) return;
  EXPECT_EQ(write(path("file")), "");
  char value = 0;
  EXPECT_EQ(::getxattr(path("file").c_str(), "user.origin", &value, 1), 1);
}

// The new content is longer and shorter than the old. What is not committed changes nothing.
TEST_F(TargetFiles, AreCompleteWhenWrittenInPlace) {
  make(path("file"), std::string(200'000, 'o'));
  fs::create_hard_link(path("file"), path("other"));
  {
    auto given_up = TargetFile::open(path("file"), Existing::replace);
    ASSERT_TRUE(given_up && given_up->write("lost"));
  }
  EXPECT_EQ(content(path("file")).size(), 200'000U);
  for (const std::size_t size : {300'000U, 1U, 0U}) {
    const std::string text(size, 'n');
    auto file = TargetFile::open(path("file"), Existing::replace);
    ASSERT_TRUE(file && file->write(text) && file->commit());
    EXPECT_EQ(content(path("other")), text);
  }
}

TEST_F(TargetFiles, AreWrittenInAFolderThatTakesNoNewFile) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become others";
  ASSERT_EQ(::chmod(path("").c_str(), 0755), 0);
  make(path("file"));
  ASSERT_EQ(::chown(path("file").c_str(), somebody, somebody), 0);
  expect_in_child([&] {
    become(somebody);
    EXPECT_EQ(write(path("file")), "");
    EXPECT_EQ(write(path("new")), path("new") + ": Permission denied");
  });
  EXPECT_EQ(content(path("file")), "new");
}

TEST_F(TargetFiles, AreWrittenWhereTheyAreMounted) {
  make(path("host"));
  make(path("file"), "");
  expect_in_child([&] {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
        ::mount(path("host").c_str(), path("file").c_str(), nullptr, MS_BIND, nullptr) != 0) {
      return;  // what this kernel does not allow is not tested
    }
    EXPECT_EQ(write(path("file")), "");
  });
  EXPECT_TRUE(content(path("host")) == "new" || ::geteuid() != 0);
}

// Like /tmp, where everybody may make links that must not harm those who meet them.
TEST_F(TargetFiles, FollowNoLinkOfOthersInAFolderForAll) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make links for others";
  fs::permissions(path(""), fs::perms::all | fs::perms::sticky_bit);
  fs::create_directory(path("home"));
  make(path("home/rc"));
  ASSERT_EQ(::chown(path("home").c_str(), somebody, somebody), 0);
  ASSERT_EQ(::chown(path("home/rc").c_str(), somebody, somebody), 0);
  const auto link = [&](const std::string& target, const std::string& name, uid_t owner) {
    fs::create_symlink(path(target), path(name));
    ASSERT_EQ(::lchown(path(name).c_str(), owner, owner), 0);
  };
  link("home/rc", "trap", somebody_else);
  link("home/other", "trap-to-new", somebody_else);
  link("trap", "indirect", somebody);
  link("home/rc", "own", somebody);
  expect_in_child([&] {
    become(somebody);
    for (const std::string name : {"trap", "trap-to-new", "indirect"})
      EXPECT_EQ(write(path(name)), path(name) + ": Permission denied");
    EXPECT_EQ(content(path("home/rc")), "old");
    EXPECT_FALSE(fs::exists(path("home/other")));
    EXPECT_EQ(write(path("own")), "");
    EXPECT_EQ(content(path("home/rc")), "new");
  });
}

// Others change it between the first byte and the last.
TEST_F(TargetFiles, KeepWhatOthersChangeMeanwhile) {
  const auto write_while = [&](const std::function<void()>& change) -> std::string {
    make(path("file"));
    auto file = TargetFile::open(path("file"), Existing::replace);
    if (!file || !file->write("new")) return "cannot begin";
    change();
    const auto done = file->commit();
    return done ? "" : done.error().text;
  };
  EXPECT_EQ(write_while([&] { ::chmod(path("file").c_str(), 0600); }), "");
  EXPECT_EQ(status_of(path("file")).st_mode & 0777U, 0600U);
  EXPECT_EQ(write_while([&] { fs::create_hard_link(path("file"), path("other")); }), "");
  EXPECT_EQ(content(path("other")), "new");
  // A file that is written in place must still have the name.
  EXPECT_EQ(write_while([&] {
              make(path("another"), "another");
              fs::rename(path("another"), path("file"));
            }),
            path("file") + ": replaced by another file meanwhile; not overwritten");
  EXPECT_EQ(content(path("file")), "another");
}

TEST_F(TargetFiles, GetNoRightsFromTheFolder) {
  // xattr(7), acl(5), default:user:12345:rwx: version 2, then tag, rights and id of each entry.
  const std::vector<std::uint32_t> acl{2,   0x70001, ~0U, 0x70002, 12345, 0x50004,
                                       ~0U, 0x70010, ~0U, 0x50020, ~0U};
  make(path("file"));
  if (::setxattr(path("").c_str(), "system.posix_acl_default", acl.data(),
                 acl.size() * sizeof acl[0], 0) != 0) {
    GTEST_SKIP() << "this file system has no access control lists";
  }
  EXPECT_EQ(write(path("file")), "");
  EXPECT_EQ(::getxattr(path("file").c_str(), "system.posix_acl_access", nullptr, 0), -1);
  EXPECT_EQ(content(path("file")), "new");
}

TEST_F(TargetFiles, FailForAnyErrorButAMissingFile) {
  make(path("file"));
  EXPECT_EQ(write(path("file/x")), path("file/x") + ": Not a directory");
  EXPECT_EQ(write(path("")), path("") + ": Is a directory");
  const std::string long_name(300, 'n');
  EXPECT_EQ(write(path(long_name)), path(long_name) + ": File name too long");
  EXPECT_EQ(write(path("file"), Existing::keep),
            path("file") + ": already exists; --force replaces it");
}

TEST_F(TargetFiles, AreTheSameByAnyName) {
  make(path("file"));
  fs::create_symlink("file", path("link"));
  fs::create_symlink("new", path("link-to-new"));
  fs::create_hard_link(path("file"), path("other"));
  fs::create_directory(path("sub"));
  const auto same = [&](const std::string& one, const std::string& other) {
    const auto a = TargetFile::open(path(one), Existing::replace);
    const auto b = TargetFile::open(path(other), Existing::replace);
    EXPECT_TRUE(a && b) << one << " " << other;
    return a && b && a->is_same_as(*b);
  };
  EXPECT_TRUE(same("file", "./file") && same("file", "link") && same("file", "other"));
  EXPECT_TRUE(same("new", "sub/../new") && same("new", "link-to-new"));
  EXPECT_FALSE(same("new", "sub/new") || same("new", "file") || same("new", "newer"));
  const auto device = TargetFile::open("/dev/zero", Existing::replace);
  EXPECT_FALSE(device->is_same_as(*TargetFile::open("/dev/zero", Existing::replace)));
  EXPECT_TRUE(TargetFile::standard_output().is_same_as(TargetFile::standard_output()));
}

}  // namespace
}  // namespace yodel::client
