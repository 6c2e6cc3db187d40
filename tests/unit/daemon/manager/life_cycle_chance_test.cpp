// The life cycle without processes, with many random sequences of events.

#include <algorithm>
#include <gtest/gtest.h>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <utility>
#include <variant>

#include "manager/life_cycle.hpp"

namespace yodel::manager {
namespace {

using Kind = SlotChange::Kind;
using Phase = LifeCycle::Phase;

// Plays the manager and its supervisor, with random events in place of files and processes, and
// checks that each action fits the state in which it is performed.
class World {
 public:
  explicit World(std::mt19937& random) : random_(random) {
    current_ = prepare({});
    life_ = LifeCycle::begin(current_, now_);
  }

  void happen() {
    switch (random_() % 16) {
      case 0: ask(std::nullopt); break;
      case 1:
        ++requests_asked_;
        ask(requests_asked_);
        break;
      case 2:
        now_ += std::chrono::milliseconds(random_() % 15'000);
        hand_over(event::TimePassed{});
        break;
      case 3:
        hand_over_listening();
        hand_over_prepared();
        break;
      case 4:
        if (random_() % 8 == 0) hand_over(event::StopAsked{});
        break;
      case 5:
        if (random_() % 32 == 0 && life_.phase != Phase::starting) change(Kind::given_up);
        break;
      case 6: change(Kind::lost); break;
      case 7:
      case 8: change(Kind::closed); break;
      case 9:
        if (!unapplied_.empty()) hand_over(applied(*unapplied_.begin()));
        break;
      default: change(Kind::served); break;
    }
  }

  // Requests nothing more, and lets every acceptor do what it was told.
  void come_to_rest() {
    for (int i = 0; i < 20 && !is_at_rest(); ++i) {
      hand_over_listening();
      hand_over_prepared();
      // The actions for one slot may change the others.
      for (const auto& [slot, before] : std::map(slots_)) {
        const auto at = slots_.find(slot);
        if (at == slots_.end() || is_unheard_of(slot)) continue;
        if (at->second == State::starting) hand_over(served(slot));
        if (at->second == State::draining) hand_over(closed(slot));
      }
      for (const SlotId slot : std::set(unapplied_)) {
        if (slots_.contains(slot)) hand_over(applied(slot));
      }
      if (slots_.empty() && !prepared_) hand_over(event::AllGone{});
    }
  }

  [[nodiscard]] bool is_at_rest() const {
    const bool all_serve = std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) {
      return slot.second == State::serving;
    });
    return !prepared_ && !listening_ && all_serve && unapplied_.empty() &&
           life_.phase != Phase::stopping;
  }

  void expect_order() const {
    EXPECT_TRUE(life_.phase == Phase::serving || life_.phase == Phase::stopped);
    EXPECT_FALSE(reloading_) << "RELOADING=1 without READY=1";
    EXPECT_FALSE(next_) << "something is half applied";
    EXPECT_EQ(answers_.size(), requests_asked_) << "requests without an answer";
    std::set<SlotId> accepting;
    for (const auto& [slot, state] : slots_)
      accepting.insert(slot);
    if (life_.phase != Phase::serving) return;
    EXPECT_EQ(accepting, current_.slots);
    EXPECT_EQ(life_.current.slots, current_.slots);
    EXPECT_TRUE(life_.unsettled.empty());
    EXPECT_TRUE(life_.unserved.empty());
    EXPECT_FALSE(life_.deadline);
  }

  [[nodiscard]] Phase phase() const { return life_.phase; }

 private:
  enum class State : std::uint8_t { starting, serving, draining };

  // Returns a plan with a random part of the slots of `previous`, and maybe new ones.
  Plan prepare(const Plan& previous) {
    Plan plan{.slots = {}, .grace = std::chrono::milliseconds(random_() % 10'000)};
    for (const SlotId slot : previous.slots) {
      if (random_() % 2 == 0) plan.slots.insert(slot);
    }
    if (!plan.slots.empty() && random_() % 2 == 0) return plan;
    for (unsigned i = 0; i < 1 + random_() % 3; ++i) {
      slots_[++last_slot_] = State::starting;
      plan.slots.insert(last_slot_);
    }
    return plan;
  }
  // Returns whether the slot is new and Prepared is still to come: that precedes its changes.
  [[nodiscard]] bool is_unheard_of(SlotId slot) const {
    return prepared_ && next_ && next_->slots.contains(slot) && !current_.slots.contains(slot);
  }

  void ask(std::optional<RequestId> request) { hand_over(event::ReloadAsked{request}); }

  void hand_over_prepared() {
    if (!prepared_) return;
    const Event event = *std::exchange(prepared_, std::nullopt);
    hand_over(event);
  }
  void hand_over_listening() {
    if (!listening_) return;
    const Event event = *std::exchange(listening_, std::nullopt);
    hand_over(event);
  }

  void hand_over(const Event& event) {
    auto [state, actions] = step(std::move(life_), event, now_);
    life_ = std::move(state);
    for (const auto& action : actions)
      std::visit([&](const auto& each) { perform(each); }, action);
  }

  Event served(SlotId slot) {
    slots_[slot] = State::serving;
    return SlotChange{.kind = Kind::served, .slot = slot};
  }
  Event applied(SlotId slot) {
    unapplied_.erase(slot);
    return SlotChange{.kind = Kind::applied, .slot = slot};
  }
  Event closed(SlotId slot) {
    slots_.erase(slot);
    unapplied_.erase(slot);
    return SlotChange{.kind = Kind::closed, .slot = slot};
  }

  // Applies a change to a random slot, if it can happen there.
  void change(Kind kind) {
    if (slots_.empty()) return;
    const auto at = std::next(slots_.begin(), static_cast<long>(random_() % slots_.size()));
    const auto [slot, state] = *at;
    const bool drains = state == State::draining;
    if (drains != (kind == Kind::closed)) return;
    if (is_unheard_of(slot)) return;
    switch (kind) {
      case Kind::served: hand_over(served(slot)); break;
      case Kind::closed: hand_over(closed(slot)); break;
      case Kind::lost:
        slots_[slot] = State::starting;
        hand_over(SlotChange{.kind = kind, .slot = slot, .why = "it died"});
        break;
      case Kind::applied: break;  // above
      case Kind::given_up: hand_over(SlotChange{.kind = kind, .slot = slot}); break;
    }
  }

  void perform(const action::Prepare& /*action*/) {
    EXPECT_FALSE(std::exchange(reloading_, true));
    EXPECT_FALSE(prepared_);
    if (random_() % 4 == 0) {
      prepared_ = event::NotPrepared{"bad"};
    } else {
      next_ = prepare(current_);
      prepared_ = event::Prepared{*next_};
    }
  }
  void perform(const action::BeginServing& /*action*/) { expect_served(current_); }
  void perform(const action::Listen& /*action*/) {
    ASSERT_TRUE(next_);
    expect_served(*next_);
    listening_ = random_() % 4 == 0 ? Event{event::NotListening{"bad"}} : Event{event::Listening{}};
  }
  void perform(const action::Commit& /*action*/) {
    ASSERT_TRUE(next_);
    expect_served(*next_);
    for (const SlotId slot : next_->slots) {
      if (current_.slots.contains(slot)) unapplied_.insert(slot);
    }
    current_ = *std::exchange(next_, std::nullopt);
  }
  void perform(const action::Discard& /*action*/) {
    ASSERT_TRUE(next_);
    next_.reset();
  }
  void perform(const action::Release& action) {
    for (const SlotId slot : action.slots) {
      if (slots_.contains(slot)) slots_[slot] = State::draining;
      unapplied_.erase(slot);
    }
  }
  void perform(const action::KillStuck& /*action*/) {
    std::erase_if(slots_, [](const auto& slot) { return slot.second == State::draining; });
    // Their successors start with the new settings.
    for (const SlotId slot : std::exchange(unapplied_, {}))
      slots_[slot] = State::starting;
  }
  void perform(const action::EndReload& action) {
    EXPECT_TRUE(std::exchange(reloading_, false));
    EXPECT_FALSE(next_);
    if (action.failure) return;
    for (const auto& [slot, state] : slots_)
      EXPECT_TRUE(current_.slots.contains(slot)) << "another plan's acceptor accepts";
    EXPECT_TRUE(unapplied_.empty()) << "an acceptor accepts by another plan";
  }
  void perform(const action::Answer& action) {
    for (const RequestId request : action.requests) {
      EXPECT_LE(request, requests_asked_);
      EXPECT_TRUE(answers_.insert(request).second) << "answered twice";
    }
  }
  void perform(const action::BeginStop& /*action*/) {
    EXPECT_FALSE(std::exchange(stopping_, true));
    reloading_ = false;
    EXPECT_TRUE(!next_ || prepared_) << "a prepared plan ends with Discard";
  }
  void perform(const action::EndSessions& /*action*/) {
    EXPECT_TRUE(stopping_);
    EXPECT_FALSE(std::exchange(sessions_were_ended_, true));
  }

  void expect_served(const Plan& plan) {
    for (const SlotId slot : plan.slots) {
      // A slot that goes on may be waiting for its next acceptor.
      if (!current_.slots.contains(slot) || &plan == &current_) {
        EXPECT_EQ(slots_.at(slot), State::serving);
      }
    }
  }

  std::mt19937& random_;
  posix::Clock::time_point now_;
  LifeCycle life_;
  Plan current_;
  std::optional<Plan> next_;
  std::optional<Event> prepared_;   // not handed over yet
  std::optional<Event> listening_;  // not handed over yet
  std::map<SlotId, State> slots_;   // slots with an acceptor that accepts, or will
  std::set<SlotId> unapplied_;      // slots that go on, still with their previous settings
  SlotId last_slot_ = 0;
  RequestId requests_asked_ = 0;
  std::set<RequestId> answers_;
  bool reloading_ = false;
  bool stopping_ = false;
  bool sessions_were_ended_ = false;
};

TEST(LifeCycle, ComesToRestWhateverHappens) {
  constexpr unsigned sequences = 100'000;
  std::mt19937 random(20261129);  // NOLINT: the same numbers each time
  std::map<Phase, int> ends;
  for (unsigned sequence = 0; sequence < sequences; ++sequence) {
    World world(random);
    for (unsigned i = 0; i < sequence % 40; ++i)
      world.happen();
    world.come_to_rest();
    world.expect_order();
    ++ends[world.phase()];
    ASSERT_FALSE(HasFailure()) << "sequence " << sequence;
  }
  // Both ends have occurred many times.
  EXPECT_GT(ends[Phase::serving], 10'000);
  EXPECT_GT(ends[Phase::stopped], 10'000);
}

}  // namespace
}  // namespace yodel::manager
