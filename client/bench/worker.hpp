// A thread of `yodel bench`: its share of the connections and of the requests.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "client/bench/conversation.hpp"
#include "client/bench/plan.hpp"
#include "client/bench/schedule.hpp"
#include "client/bench/script.hpp"
#include "client/bench/tally.hpp"
#include "posix/poll.hpp"
#include "posix/poller.hpp"

namespace yodel::client::bench {

// The work of a thread: open(), divide() and run(), in this order.
class Worker {
 public:
  using Time = posix::Clock::time_point;

  // The work of thread number `index`. Borrows all but `index`; `stop` ends the run early. Throws
  // std::system_error if it cannot have an epoll(7) instance.
  Worker(const BenchPlan& plan, const Script& script, std::size_t index,
         const std::atomic<bool>& stop);

  // Opens the connections that are kept, and waits until each is established or has failed. A
  // failed one is left out of the run, where it would fail again. Does nothing if each request has
  // a connection of its own.
  void open();
  // Returns whether it has a connection for the run. Only between open() and run().
  [[nodiscard]] bool participates() const {
    return std::ranges::any_of(slots_, &Slot::participates);
  }
  // Makes this number `index` of the `count` threads that participate. Only between open() and
  // run().
  void divide(std::size_t index, std::size_t count) noexcept { schedule_.divide(index, count); }
  // Runs from `start` to the end of the plan, or until it is stopped, then closes the connections
  // in order. Returns at once if it does not participate.
  void run(Time start);

  // Only while it does not run.
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

  // Returns how many connections are open. Only while it does not run.
  [[nodiscard]] std::size_t open_connections() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(slots_, &Conversation::is_open, &Slot::conversation));
  }

  // Return, at any time and to any thread, the connections opened before the run, the replies and
  // errors so far, with those of the warm-up, and the replies that count.
  [[nodiscard]] std::uint64_t opened_so_far() const { return opened_so_far_; }
  [[nodiscard]] std::uint64_t replies_so_far() const { return replies_so_far_; }
  [[nodiscard]] std::uint64_t errors_so_far() const { return errors_so_far_; }
  [[nodiscard]] std::uint64_t measured_so_far() const { return measured_so_far_; }
  // Returns 1 once the requests are done and the connections are being closed, otherwise 0.
  [[nodiscard]] std::uint64_t leaving() const { return leaving_; }

 private:
  using Step = Conversation::Step;

  // A connection and the request that it serves.
  struct Slot {
    explicit Slot(Conversation a_conversation) : conversation(std::move(a_conversation)) {}
    Conversation conversation;
    bool participates = true;
    bool has_request = false;
    bool kept = false;         // the request was sent on a connection that was open before
    std::uint64_t number = 0;  // of the request
    Time due{};                // of the request
    Time replied{};            // when its reply was complete
    Time free_since{};         // while it has no request
  };
  // A slot whose request failed. It pauses before its next one, so that a failing server does not
  // make it spin.
  struct Paused {
    std::size_t slot = 0;
    Time until{};
  };

  // Handles the steps of a conversation until it waits.
  void follow(Slot& slot, Step step);
  Step on_ready(Slot& slot);
  Step on_replied(Slot& slot);
  Step on_ended(Slot& slot);
  Step on_failed(Slot& slot);
  Step connect(Slot& slot);
  Step begin(Slot& slot, Time due);
  Step finish(Slot& slot, bool failed);
  void count_reply(const Slot& slot);

  void hold();
  void start_requests();
  void issue(Time now);
  void leave();

  [[nodiscard]] Time next_wake() const;
  void wait(Time until);
  void sweep();
  // Returns how many of the first `begun` slots wait for the server; the others have not begun to
  // connect.
  [[nodiscard]] std::size_t waiting_connections(std::size_t begun) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        std::span(slots_).first(begun), &Conversation::is_waiting, &Slot::conversation));
  }
  [[nodiscard]] bool counts(const Slot& slot) const {
    return slot.due >= schedule_.measured_from();
  }
  [[nodiscard]] std::size_t index_of(const Slot& slot) const {
    return static_cast<std::size_t>(&slot - slots_.data());
  }

  const BenchPlan& plan_;
  const std::size_t index_;
  Schedule schedule_;
  const std::atomic<bool>& stop_;
  posix::Poller poller_;
  std::vector<char> room_;
  std::vector<Slot> slots_;
  std::deque<std::size_t> free_;  // open loop: slots without a request, the longest free first
  std::deque<Paused> paused_;
  std::size_t busy_ = 0;  // slots with a request
  std::chrono::nanoseconds sweep_interval_;
  Time next_sweep_;
  Time issued_until_;  // requests due before this have begun, as far as a connection was free
  Tally tally_;
  std::atomic<std::uint64_t> opened_so_far_{0};
  std::atomic<std::uint64_t> replies_so_far_{0};
  std::atomic<std::uint64_t> errors_so_far_{0};
  std::atomic<std::uint64_t> measured_so_far_{0};
  std::atomic<std::uint64_t> leaving_{0};
};

}  // namespace yodel::client::bench
