// The program `yodel-fetch`, which `yodel fetch` executes. It alone needs libcurl, whose 37
// libraries would make every other command start 6 ms later.

#include <string>

#include "client/fetch/fetch.hpp"
#include "client/program.hpp"

namespace {

using namespace yodel::client;

int run(Words words) {
  const std::string title = "yodel fetch";
  return run_chosen(read_command_line(fetch::command(), title, words), title);
}

}  // namespace

int main(int argc, char** argv) {
  return yodel::client::run_main(argc, argv, run);
}
