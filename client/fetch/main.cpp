// The program `yodel-fetch`, which `yodel fetch` executes: alone in needing libcurl, whose 37
// libraries would cost every other command 6 ms of its start.

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
