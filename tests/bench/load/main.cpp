// bench-load: the load generator of the benchmark. Prints the result as one line of JSON.

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
  CLI::App app("Measure a server on this machine.", "bench-load");
  app.require_subcommand(1);
  Target target;
  app.add_option("--address", target.address, "IPv4 address of the server");
  app.add_option("--port", target.port, "port of the server")->required();
  double warm_up = 0;
  double seconds = 1;
  const auto add_times = [&](CLI::App* command) {
    command->add_option("--warm-up", warm_up, "seconds of load before the measurement");
    command->add_option("--seconds", seconds, "length of the measurement in seconds");
  };

  DialoguePlan dialogues;
  auto* dialogue = app.add_subcommand("dialogue", "new connections, each with a greet dialogue");
  dialogue->add_option("--at-once", dialogues.at_once, "number of connections at once");
  add_times(dialogue);
  EchoPlan echoes;
  auto* echo = app.add_subcommand("echo", "throughput of an echo server");
  echo->add_option("--connections", echoes.connections, "number of connections at once");
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
