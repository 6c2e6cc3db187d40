// Peers that keep a daemon busy.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "tests/integration/daemon.hpp"

namespace yodel::tests {

// Connects repeatedly, in a thread of its own, until it is stopped.
class Load {
 public:
  // The requirements. A refused connection is always an error.
  enum class Expects : std::uint8_t {
    whole_dialogues,
    connections  // a session may be cut short
  };
  explicit Load(std::string where, Expects expects = Expects::whole_dialogues);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  Load(Load&&) = delete;
  Load& operator=(Load&&) = delete;
  ~Load() { stop(); }

  // Stops, and returns what went wrong; empty if nothing did.
  std::string stop();
  // Returns the number of complete dialogues.
  [[nodiscard]] int done() const { return done_; }

 private:
  void run();
  // Holds a dialogue and returns whether it was complete.
  [[nodiscard]] bool talk() const;

  std::string where_;
  Expects expects_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> done_ = 0;
  std::string problem_;
  std::thread thread_;
};

// Starts a daemon that listens at `where` and whose log nobody reads. Expects it to work
// nevertheless: `sessions` one after another, a reload, another session, and a stop.
void expect_that_it_does_not_wait_for_its_log(const Daemon::Setup& setup, const std::string& where,
                                              int sessions);

}  // namespace yodel::tests
