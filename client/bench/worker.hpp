// One thread of `yodel bench`: its share of the connections and of the requests.
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

class Worker {
 public:
  using Time = posix::Clock::time_point;

  // Number `index` of the plan's threads. Plan and script are lent for its life, and `stop` says
  // that the run is to end early. Throws std::system_error where the system has no room for it.
  Worker(const BenchPlan& plan, const Script& script, std::size_t index,
         const std::atomic<bool>& stop);

  // Opens the connections that are to be kept, and waits until each is there or has failed. One
  // that has failed takes no part in the run: it would fail again. Where a request has a connection
  // of its own, does nothing.
  void open();
  // Between open() and run(): whether a connection takes part in the run; and that of all threads
  // `count` do so, of which this is number `index`.
  [[nodiscard]] bool takes_part() const { return std::ranges::any_of(slots_, &Slot::takes_part); }
  void divide(std::size_t index, std::size_t count) noexcept { schedule_.divide(index, count); }
  // If one takes part, runs from `start` to the end of the plan or until it is to stop, then closes
  // the connections in order.
  void run(Time start);

  // Only when it does not run.
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

  // How many connections are there. Only when it does not run.
  [[nodiscard]] std::size_t open_connections() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(slots_, &Conversation::is_open, &Slot::conversation));
  }

  // At any time, from any thread: connections that were opened before the run; replies and errors
  // so far, the warm-up's with them; and of the replies those that are measured.
  [[nodiscard]] std::uint64_t opened_so_far() const { return opened_so_far_; }
  [[nodiscard]] std::uint64_t replies_so_far() const { return replies_so_far_; }
  [[nodiscard]] std::uint64_t errors_so_far() const { return errors_so_far_; }
  [[nodiscard]] std::uint64_t measured_so_far() const { return measured_so_far_; }
  // 1: all has been answered, and the connections are being closed in order.
  [[nodiscard]] std::uint64_t leaving() const { return leaving_; }

 private:
  using Step = Conversation::Step;

  // A connection and the request that it serves.
  struct Slot {
    explicit Slot(Conversation a_conversation) : conversation(std::move(a_conversation)) {}
    Conversation conversation;
    bool takes_part = true;
    bool has_request = false;
    bool kept = false;         // the request was sent on a connection that was there before
    std::uint64_t number = 0;  // of the request
    Time due{};                // of the request
    Time replied{};            // when its reply was whole
    Time free_since{};         // when it has none
  };
  // A slot whose request failed: the next one waits, so that nothing spins.
  struct Rest {
    std::size_t slot = 0;
    Time until{};
  };

  // Does what the steps of a conversation call for, until it waits.
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
  // Of the first `begun` slots: the others have not begun to connect.
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
  std::deque<Rest> resting_;
  std::size_t busy_ = 0;  // slots with a request
  std::chrono::nanoseconds sweep_interval_;
  Time next_sweep_;
  Time issued_until_;  // what was due before has been begun, where a connection was free
  Tally tally_;
  std::atomic<std::uint64_t> opened_so_far_{0};
  std::atomic<std::uint64_t> replies_so_far_{0};
  std::atomic<std::uint64_t> errors_so_far_{0};
  std::atomic<std::uint64_t> measured_so_far_{0};
  std::atomic<std::uint64_t> leaving_{0};
};

}  // namespace yodel::client::bench
