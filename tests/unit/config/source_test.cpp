// The sources of settings: files, streams and the command line.

#include "config/source.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <string>
#include <unistd.h>
#include <vector>

#include "config/listen_argument.hpp"
#include "tests/integration/daemon.hpp"
#include "tests/integration/descriptors.hpp"

namespace yodel::config {
namespace {

// --- a file that is emptied or removed between a start and a reload ---

bool is_refused(Source& source, std::string_view text) {
  const auto loaded = source.load();
  if (loaded) return false;
  EXPECT_EQ(loaded.error().size(), 1U);
  EXPECT_EQ(loaded.error().front().where, Location{});
  EXPECT_NE(loaded.error().front().text.find(text), std::string::npos)
      << loaded.error().front().text;
  return true;
}

TEST(Source, IsRefusedOnceItsSettingsAreLost) {
  const tests::TemporaryFolder folder;
  Source source{.path = folder.write("file", "[[listen]]\nport = 7\n"), .may_be_missing = true};
  ASSERT_TRUE(source.load());
  source.put_in_force();
  for (const std::string empty : {"", "\n \t\n", "# only a comment", "\xef\xbb\xbf"}) {
    source.path = folder.write("file", empty);
    EXPECT_TRUE(is_refused(source, "is empty; write it again, or restart yodeld")) << empty;
  }
  ASSERT_EQ(::unlink(source.path.c_str()), 0);
  EXPECT_TRUE(is_refused(source, "is missing; write it again, or restart yodeld"));
  source.path = folder.write("file", "[greet]\nwelcome = 'x'\n");
  EXPECT_TRUE(source.load()) << "it has the built-in listeners";
}

TEST(Source, MayStayWithoutSettingsIfItNeverHadAny) {
  const tests::TemporaryFolder folder;
  Source source{.path = folder.path() + "/file", .may_be_missing = true};
  for (int i = 0; i < 2; ++i) {  // a start and a reload
    EXPECT_TRUE(source.uses_defaults());
    const auto loaded = source.load();
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->settings, default_settings());
    source.put_in_force();
  }
  source.path = folder.write("file", "# nothing yet\n");
  EXPECT_FALSE(source.uses_defaults());
  EXPECT_TRUE(source.load());
  source.put_in_force();
  source.path = folder.write("file", "[greet]\n");
  EXPECT_TRUE(source.load());
  ASSERT_EQ(::unlink(source.path.c_str()), 0);
  EXPECT_TRUE(source.load()) << "the settings just loaded are not in force";
  source.path = folder.write("file", "[greet]\n");
  EXPECT_TRUE(source.load());
  source.put_in_force();
  ASSERT_EQ(::unlink(source.path.c_str()), 0);
  EXPECT_TRUE(is_refused(source, "is missing"));
}

// --- sources other than files ---

Source listening_at(std::initializer_list<const char*> words) {
  Source source{.path = "/nowhere", .may_be_missing = true};
  for (const char* const word : words)
    source.listeners.push_back(parse_listen(word).value());
  return source;
}

TEST(Source, OfTheCommandLineHasDefaultsExceptListeners) {
  auto source = listening_at({"127.0.0.1:7", "echo@::"});
  EXPECT_EQ(source.name(), "--listen");
  EXPECT_FALSE(source.uses_defaults());
  const auto loaded = source.load();
  ASSERT_TRUE(loaded);
  auto expected = default_settings();
  expected.listeners = source.listeners;
  expected.log.target = Target::standard_error;
  EXPECT_EQ(loaded->settings, expected);
  EXPECT_EQ(loaded->listeners, std::vector<Location>(2));
  source.put_in_force();
  EXPECT_TRUE(is_refused(source, "there is no file to reload"));
}

TEST(Source, ReadsAPipeOnce) {
  auto [reader, writer] = tests::make_pipe();
  const std::string text = "[[listen]]\nport = 7\n";
  ASSERT_EQ(::write(writer.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  writer.reset();
  Source source{.path = "/dev/fd/" + std::to_string(reader.get())};
  ASSERT_TRUE(source.read_stream());
  ASSERT_TRUE(source.load());
  const auto loaded = source.load();
  ASSERT_TRUE(loaded) << "a second load() uses the same text";
  EXPECT_EQ(loaded->settings.listeners.front().endpoint.port, 7);
  source.put_in_force();
  EXPECT_TRUE(is_refused(source, "cannot be read again"));
}

TEST(Source, RefusesAnEmptyPipe) {
  auto [reader, writer] = tests::make_pipe();
  writer.reset();
  Source source{.path = "/dev/fd/" + std::to_string(reader.get())};
  ASSERT_TRUE(source.read_stream());
  EXPECT_TRUE(is_refused(source, "is empty; expected settings"));
}

TEST(Source, DoesNotTakeAFileForAStream) {
  const tests::TemporaryFolder folder;
  Source source{.path = folder.write("file", "")};
  ASSERT_TRUE(source.read_stream());
  EXPECT_FALSE(source.text);
  EXPECT_EQ(source.name(), source.path);
  EXPECT_EQ(Source{.path = "-"}.name(), "standard input");
  EXPECT_EQ(Source{.path = "/dev/stdin"}.name(), "standard input");
}

}  // namespace
}  // namespace yodel::config
