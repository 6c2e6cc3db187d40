// The format of lines, and what happens to them in a file that does not accept all of them.
#include "log/line.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "log/line_file.hpp"
#include "posix/descriptor.hpp"
#include "tests/integration/descriptors.hpp"
#include "text/json.hpp"

namespace yodel::log {
namespace {

std::string line_of(const Record& record, Reader reader,
                    config::Format format = config::Format::text) {
  const auto bytes = encode(record, {.target = config::Target::standard_error, .format = format});
  std::string line;
  append_line(line, *decode(bytes), reader);
  return line;
}

TEST(Line, EscapesControlCharacters) {
  const auto record = Record(config::Level::info, "1",
                             "it is \xc2\x9b"
                             "2J \x9b \x1b[m")
                          .with("YODEL_LISTENER",
                                "unix:/\xc2\x9d"
                                "0;title\a");
  EXPECT_TRUE(
      line_of(record, Reader::person).ends_with("Z info: it is \\xc2\\x9b2J \\x9b \\x1b[m\n"));
  EXPECT_TRUE(
      line_of(record, Reader::program).ends_with(" listener=unix:/\\xc2\\x9d0;title\\x07\n"));
  EXPECT_EQ(line_of(record, Reader::journal), "<6>it is \\xc2\\x9b2J \\x9b \\x1b[m\n");
}

TEST(Line, IsAnObjectWithEachFieldInJson) {
  const auto record =
      Record(config::Level::warning, "5a1e", "a \"b\"\n\xff\xc2\x9b").with("YODEL_BYTES_IN", 7);
  const auto before = time_of_day_usec();
  for (const auto reader : {Reader::person, Reader::program, Reader::journal}) {
    const auto line = line_of(record, reader, config::Format::json);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    const auto parsed = text::parse_json(line, {.depth = 2, .values = 20, .text = 1000});
    ASSERT_TRUE(parsed) << line;
    const auto& members = *parsed->get<text::Json::Object>();
    std::vector<std::string> fields;
    fields.reserve(members.size());
    for (const auto& [name, value] : members)
      fields.push_back(name + "=" + *value.get<std::string>());
    const auto time = std::stoll(fields[0].substr(fields[0].find('=') + 1));
    EXPECT_GE(time, before);
    EXPECT_LE(time, time_of_day_usec());
    fields.erase(fields.begin());
    const std::vector<std::string> expected{
        "SYSLOG_IDENTIFIER=yodeld", "PRIORITY=4", "MESSAGE_ID=5a1e",
        "MESSAGE=a \"b\"\n\xef\xbf\xbd\xc2\x9b", "YODEL_BYTES_IN=7"};
    EXPECT_EQ(fields, expected);
    EXPECT_TRUE(line.find("\\n\xef\xbf\xbd\\u009b\"") != std::string::npos) << line;
  }
}

// A descriptor that can be redirected.
class RedirectedFile {
 public:
  void open(const std::string& path, int flags) const {
    redirect_to(posix::Descriptor(::open(path.c_str(), flags | O_CLOEXEC, S_IRUSR | S_IWUSR)));
  }
  void redirect_to(const posix::Descriptor& to) const {
    ASSERT_TRUE(to);
    ASSERT_EQ(::dup3(to.get(), fd_.get(), O_CLOEXEC), fd_.get());
  }
  [[nodiscard]] int get() const { return fd_.get(); }

 private:
  posix::Descriptor fd_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
};

struct Pipe : tests::Pipe {
  Pipe() : tests::Pipe(tests::make_pipe()) {}
  [[nodiscard]] std::string read() const {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(reader.get(), buffer.data(), buffer.size());
    return {buffer.data(), static_cast<std::size_t>(size)};
  }
};

TEST(LineFile, CountsLinesThatAFullDiskRejects) {
  RedirectedFile target;
  LineFile lines(target.get());
  EXPECT_EQ(lines.write("one\ntwo\n"), 2u);
  target.open("/dev/full", O_WRONLY);
  EXPECT_EQ(lines.write("three\nfour\n"), 0u);
  Pipe pipe;
  target.redirect_to(pipe.writer);
  EXPECT_EQ(lines.write("five\n"), 1u);
  EXPECT_EQ(pipe.read(), "five\n") << "no line was cut, so no newline is added";
}

TEST(LineFile, CountsLinesWithoutAReader) {
  (void)std::signal(SIGPIPE, SIG_IGN);
  RedirectedFile target;
  LineFile lines(target.get());
  Pipe gone;
  target.redirect_to(gone.writer);
  gone.reader.reset();
  EXPECT_EQ(lines.write("one\n"), 0u);
  Pipe pipe;
  target.redirect_to(pipe.writer);
  EXPECT_EQ(lines.write("two\nthree\n"), 2u);
  EXPECT_EQ(pipe.read(), "two\nthree\n");
  (void)std::signal(SIGPIPE, SIG_DFL);
}

TEST(LineFile, WritesMoreThanANonBlockingPipeHolds) {
  Pipe pipe;
  ASSERT_EQ(::fcntl(pipe.writer.get(), F_SETFL, O_NONBLOCK), 0);
  const std::string all = [] {
    std::string text;
    for (int i = 0; i < 20'000; ++i)
      text += "line " + std::to_string(i) + "\n";
    return text;
  }();
  std::string got;
  std::thread reader([&] {
    while (got.size() < all.size())
      got += pipe.read();
  });
  LineFile lines(pipe.writer.get());
  EXPECT_EQ(lines.write(all), 20'000u);
  reader.join();
  EXPECT_EQ(got, all);
}

// Returns a tmpfs of one page that is not mounted anywhere.
posix::Descriptor small_disk() {
  const posix::Descriptor context(::fsopen("tmpfs", FSOPEN_CLOEXEC));
  ::fsconfig(context.get(), FSCONFIG_SET_STRING, "size", "4096", 0);
  ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  return posix::Descriptor(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
}

TEST(LineFile, StartsANewLineAfterOneThatAFullDiskCut) {
  const auto disk = small_disk();
  if (!disk) GTEST_SKIP() << "only root may mount";
  const posix::Descriptor file(
      ::openat(disk.get(), "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, S_IRUSR | S_IWUSR));
  ASSERT_TRUE(file);
  LineFile lines(file.get());
  EXPECT_EQ(lines.write(std::string(4000, 'a') + "\nb\n" + std::string(200, 'c') + "\nd\n"), 2u);
  EXPECT_EQ(lines.write("e\n"), 0u) << "it is full";
  ASSERT_EQ(::ftruncate(file.get(), 4010), 0);
  EXPECT_EQ(lines.write("f\ng\n"), 2u);
  EXPECT_EQ(lines.write("h\n"), 1u);
  std::string text(4096, '\0');
  text.resize(static_cast<std::size_t>(::pread(file.get(), text.data(), text.size(), 0)));
  EXPECT_EQ(text.substr(4001), "b\nccccccc\nf\ng\nh\n");
}

}  // namespace
}  // namespace yodel::log
