// Peers that keep a daemon busy.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include "tests/integration/daemon.hpp"

namespace yodel::tests {

// Connects again and again, in a thread of its own, until it is stopped.
class Load {
 public:
  // What must not happen: a refused connection in any case.
  enum class Expects : std::uint8_t {
    whole_dialogues,
    connections  // that a session is cut is no problem
  };
  explicit Load(std::string where, Expects expects = Expects::whole_dialogues);
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  Load(Load&&) = delete;
  Load& operator=(Load&&) = delete;
  ~Load() { stop(); }

  // Gives what went wrong; empty: nothing did.
  std::string stop();
  // Dialogues that were whole.
  [[nodiscard]] int done() const { return done_; }

 private:
  void run();
  // Whether it was whole.
  [[nodiscard]] bool talk() const;

  std::string where_;
  Expects expects_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> done_ = 0;
  std::string problem_;
  std::thread thread_;
};

// Starts a daemon that listens at `where` and whose log nobody reads, and expects of it what it
// does for others: `sessions` one after the other, a reload, another session, and to stop.
void expect_that_it_does_not_wait_for_its_log(const Daemon::Setup& setup, const std::string& where,
                                              int sessions);

}  // namespace yodel::tests
