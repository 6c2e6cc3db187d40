#include "client/bench/machine.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <sys/utsname.h>

#include "client/bench/setup.hpp"
#include "text/quote.hpp"
#include "text/utf8.hpp"

namespace yodel::client::bench {
namespace {

constexpr std::string_view plain =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";

std::string shell_word(std::string_view word) {
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

// Returns the value of the first line "model name : VALUE" of /proc/cpuinfo, proc(5), or an empty
// string: some architectures have none.
std::string processor_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const auto at = line.find(": ");
    return at == std::string::npos ? std::string() : line.substr(at + 2);
  }
  return {};
}

}  // namespace

ClientMachine this_machine() {
  ClientMachine machine{
      .host = {}, .system = {}, .processor = processor_model(), .processors = processors()};
  utsname names{};
  if (::uname(&names) == 0) {
    machine.host = static_cast<const char*>(names.nodename);
    machine.system = fmt::format("{} {}", static_cast<const char*>(names.sysname),
                                 static_cast<const char*>(names.release));
  }
  return machine;
}

std::string command_line() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  return shell_line(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::string shell_line(std::string_view arguments) {
  std::string line;
  while (!arguments.empty()) {
    auto word = arguments.substr(0, arguments.find('\0'));
    arguments.remove_prefix(std::min(arguments.size(), word.size() + 1));
    if (line.empty()) {
      line = shell_word(word.substr(word.rfind('/') + 1));
    } else {
      line += ' ' + shell_word(word);
    }
  }
  line = text::escaped(line);
  if (line.size() <= max_command_line) return line;
  std::size_t end = max_command_line;
  while (text::is_continuation(line[end]))
    --end;
  return line.substr(0, end) + "…";
}

}  // namespace yodel::client::bench
