// The program `yodel-fetch`, which `yodel fetch` executes: alone in needing libcurl, whose 37
// libraries would cost every other command 6 ms of its start.

#include "client/command_line.hpp"
#include "client/failure.hpp"
#include "client/fetch/fetch_command.hpp"

namespace {

using namespace yodel::client;

int run(Words words) {
  const auto chosen = read_command_line(fetch_command(), "yodel fetch", words);
  if (!chosen) return report(chosen.error(), "Try 'yodel fetch --help' for more information.\n");
  const auto done = (*chosen)();
  return done ? static_cast<int>(ExitStatus::success) : report(done.error());
}

}  // namespace

int main(int argc, char** argv) {
  return yodel::client::run_main(argc, argv, run);
}
