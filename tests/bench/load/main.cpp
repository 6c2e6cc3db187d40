// bench-load: what the benchmark measures servers with. Prints JSON, a line each.

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>

#include "load/dialogues.hpp"
#include "load/echoes.hpp"
#include "load/target.hpp"
#include "posix/descriptor.hpp"

namespace {

using namespace yodel;
using namespace yodel::bench;

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
}

int run(int argc, char** argv) {
  CLI::App app("Measures a server on this machine.", "bench-load");
  app.require_subcommand(1);
  Target target;
  app.add_option("--address", target.address, "of the server");
  app.add_option("--port", target.port, "of the server")->required();
  double warm_up = 0;
  double seconds = 1;
  const auto add_times = [&](CLI::App* command) {
    command->add_option("--warm-up", warm_up, "seconds before it is measured");
    command->add_option("--seconds", seconds, "for which it is measured");
  };

  DialoguePlan dialogues;
  auto* dialogue = app.add_subcommand("dialogue", "new connections with the greet dialogue");
  dialogue->add_option("--at-once", dialogues.at_once, "connections");
  add_times(dialogue);
  EchoPlan echoes;
  auto* echo = app.add_subcommand("echo", "bytes through an echo server");
  echo->add_option("--connections", echoes.connections, "at once");
  add_times(echo);
  app.fallthrough();

  CLI11_PARSE(app, argc, argv);
  posix::raise_descriptor_limit();
  if (*dialogue) {
    dialogues.warm_up = milliseconds(warm_up);
    dialogues.duration = milliseconds(seconds);
    std::cout << run_dialogues(target, dialogues) << '\n';
  } else if (*echo) {
    echoes.warm_up = milliseconds(warm_up);
    echoes.duration = milliseconds(seconds);
    std::cout << run_echoes(target, echoes) << '\n';
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench-load: " << error.what() << '\n';
    return 1;
  }
}
