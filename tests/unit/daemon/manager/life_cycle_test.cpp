// The daemon's life without a process: what is to be done at each event, in the cases that have a
// name and in many that have none.

#include "manager/life_cycle.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using Kind = SlotChange::Kind;
using Phase = LifeCycle::Phase;
using StopReason = LifeCycle::StopReason;
using Words = std::vector<std::string>;

// --- cases that have a name ---

std::string word(const action::Prepare& /*action*/) {
  return "prepare";
}
std::string word(const action::BeginServing& /*action*/) {
  return "begin serving";
}
std::string word(const action::Commit& /*action*/) {
  return "commit";
}
std::string word(const action::Discard& /*action*/) {
  return "discard";
}
std::string word(const action::Release& action) {
  std::string text = "release";
  for (const SlotId slot : action.slots)
    text += " " + std::to_string(slot);
  return text;
}
std::string word(const action::KillStuck& /*action*/) {
  return "kill stuck";
}
std::string word(const action::EndReload& action) {
  return action.failure ? "reload failed: " + *action.failure : "reloaded";
}
std::string word(const action::Answer& action) {
  std::string text = action.succeeded ? "yes to" : "no to";
  for (const auto request : action.requests)
    text += " " + std::to_string(request);
  return text;
}
std::string word(const action::BeginStop& /*action*/) {
  return "stop";
}
std::string word(const action::EndSessions& /*action*/) {
  return "end sessions";
}

// A life to which events happen, with a clock that is set by hand.
class Life {
 public:
  // Begins with the slots 1 and 2, and a grace of 5 s.
  Life() : state_(LifeCycle::begin(plan({1, 2}), now_)) {}

  static Plan plan(std::set<SlotId> slots) { return {.slots = std::move(slots), .grace = 5s}; }

  // Returns what is to be done.
  Words on(const Event& event) {
    auto [state, actions] = step(std::move(state_), event, now_);
    state_ = std::move(state);
    Words words;
    for (const auto& action : actions)
      words.push_back(std::visit([](const auto& each) { return word(each); }, action));
    return words;
  }
  Words on(Kind kind, SlotId slot, const std::string& why = {}) {
    return on(SlotChange{.kind = kind, .slot = slot, .why = why});
  }
  Words after(posix::Clock::duration time) {
    now_ += time;
    return on(event::TimePassed{});
  }

  // Serves, with the slots 1 and 2.
  Life& started() {
    on(Kind::served, 1);
    EXPECT_EQ(on(Kind::served, 2), Words{"begin serving"});
    return *this;
  }
  // Has prepared the slots 3 and 4 for the request 1.
  Life& reloading() {
    started();
    EXPECT_EQ(on(event::ReloadAsked{1}), Words{"prepare"});
    EXPECT_EQ(on(event::Prepared{plan({3, 4})}), Words{});
    return *this;
  }
  // And they are in force.
  Life& settling() {
    reloading();
    on(Kind::served, 3);
    EXPECT_EQ(on(Kind::served, 4), (Words{"release 1 2", "commit"}));
    return *this;
  }

  [[nodiscard]] Phase phase() const { return state_.phase; }
  [[nodiscard]] const LifeCycle& state() const { return state_; }

 private:
  posix::Clock::time_point now_;
  LifeCycle state_;
};

TEST(Start, IsOverWhenEachSlotIsServed) {
  Life life;
  EXPECT_EQ(life.phase(), Phase::starting);
  EXPECT_EQ(life.on(Kind::served, 2), Words{});
  EXPECT_EQ(life.on(Kind::served, 2), Words{}) << "twice the same";
  EXPECT_EQ(life.on(Kind::served, 1), Words{"begin serving"});
  EXPECT_EQ(life.phase(), Phase::serving);
  EXPECT_EQ(life.after(1h), Words{});
}

TEST(Start, FailsWhenAnAcceptorDoes) {
  for (const bool was_served : {false, true}) {
    Life life;
    if (was_served) life.on(Kind::served, 1);
    life.on(event::ReloadAsked{7});
    EXPECT_EQ(life.on(Kind::lost, 1, "it died"), (Words{"release 1 2", "no to 7"}));
    EXPECT_EQ(life.phase(), Phase::stopped);
    EXPECT_EQ(life.state().stop_reason, StopReason::not_started);
    EXPECT_EQ(life.state().failure, "it died");
  }
}

TEST(Start, FailsWhenAnAcceptorIsNotReadyInTime) {
  Life life;
  life.on(Kind::served, 1);
  EXPECT_EQ(life.after(9999ms), Words{});
  EXPECT_EQ(life.phase(), Phase::starting);
  EXPECT_EQ(life.after(1ms), Words{"release 1 2"});
  EXPECT_EQ(life.phase(), Phase::stopped);
  EXPECT_EQ(life.state().failure, "an acceptor was not ready in 10 s");
}

TEST(Start, IsFollowedByTheReloadThatWasAskedForMeanwhile) {
  Life life;
  EXPECT_EQ(life.on(event::ReloadAsked{}), Words{});
  EXPECT_EQ(life.on(event::ReloadAsked{7}), Words{});
  life.on(Kind::served, 1);
  EXPECT_EQ(life.on(Kind::served, 2), (Words{"begin serving", "prepare"}));
  EXPECT_EQ(life.on(event::NotPrepared{"bad"}), (Words{"reload failed: bad", "no to 7"}));
}

TEST(Reload, IsOverWhenNoPreviousAcceptorAccepts) {
  Life life;
  life.settling();
  EXPECT_EQ(life.on(Kind::closed, 2), Words{});
  EXPECT_EQ(life.on(Kind::closed, 1), (Words{"reloaded", "yes to 1"}));
  EXPECT_EQ(life.phase(), Phase::serving);
  EXPECT_EQ(life.state().current.slots, (std::set<SlotId>{3, 4}));
  EXPECT_EQ(life.after(1h), Words{});
}

TEST(Reload, OfABadFileChangesNothing) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  EXPECT_EQ(life.on(event::NotPrepared{"bad"}), (Words{"reload failed: bad", "no to 1"}));
  EXPECT_EQ(life.phase(), Phase::serving);
  EXPECT_EQ(life.state().current.slots, (std::set<SlotId>{1, 2}));
}

TEST(Reload, DuringAReloadFollowsIt) {
  Life life;
  life.reloading();
  EXPECT_EQ(life.on(event::ReloadAsked{2}), Words{});
  life.on(Kind::served, 3);
  life.on(Kind::served, 4);
  EXPECT_EQ(life.on(event::ReloadAsked{3}), Words{});
  life.on(Kind::closed, 1);
  EXPECT_EQ(life.on(Kind::closed, 2), (Words{"reloaded", "yes to 1", "prepare"}));
  EXPECT_EQ(life.on(event::NotPrepared{"bad"}), (Words{"reload failed: bad", "no to 2 3"}));
}

TEST(Reload, WhoseAcceptorNeverGetsReadyIsDiscarded) {
  Life life;
  life.reloading().on(Kind::served, 3);
  EXPECT_EQ(life.after(9999ms), Words{});
  EXPECT_EQ(life.after(1ms),
            (Words{"release 3 4", "discard", "reload failed: an acceptor was not ready in 10 s",
                   "no to 1"}));
  EXPECT_EQ(life.state().current.slots, (std::set<SlotId>{1, 2}));
  EXPECT_EQ(life.on(Kind::served, 4), Words{}) << "too late";
}

TEST(Reload, WaitsForWhatWasDiscardedToo) {
  Life life;
  life.reloading().after(10s);
  EXPECT_EQ(life.on(event::ReloadAsked{2}), Words{"prepare"});
  life.on(event::Prepared{Life::plan({5})});
  EXPECT_EQ(life.on(Kind::served, 5), (Words{"release 1 2", "commit"}));
  for (const SlotId slot : {1, 2, 3})
    EXPECT_EQ(life.on(Kind::closed, slot), Words{});
  EXPECT_EQ(life.on(Kind::closed, 4), (Words{"reloaded", "yes to 2"}));
}

TEST(Reload, KillsAcceptorsThatDoNotStopAccepting) {
  Life life;
  life.settling().on(Kind::closed, 1);
  EXPECT_EQ(life.after(10s), (Words{"kill stuck", "reloaded", "yes to 1"}));
  EXPECT_EQ(life.on(Kind::closed, 2), Words{});
}

TEST(Reload, AStormOfHangupsIsOneMore) {
  Life life;
  life.reloading();
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(life.on(event::ReloadAsked{}), Words{});
  life.on(Kind::served, 3);
  life.on(Kind::served, 4);
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(life.on(event::ReloadAsked{}), Words{});
  life.on(Kind::closed, 1);
  EXPECT_EQ(life.on(Kind::closed, 2), (Words{"reloaded", "yes to 1", "prepare"}));
  EXPECT_EQ(life.on(event::NotPrepared{"bad"}), Words{"reload failed: bad"});
}

// An acceptor dies at each step of a reload: of the previous settings, of the next ones.
TEST(Reload, IsAbandonedForAnAcceptorOfItsOwnAndForNoOther) {
  const Words nothing;
  const Words abandoned{"release 3 4", "discard", "reload failed: it died", "no to 1"};
  {
    Life life;
    life.started();
    EXPECT_EQ(life.on(Kind::lost, 1, "it died"), nothing) << "serving";
    EXPECT_EQ(life.on(event::ReloadAsked{1}), Words{"prepare"});
    EXPECT_EQ(life.on(Kind::lost, 1, "it died"), nothing) << "preparing";
    life.on(event::Prepared{Life::plan({3, 4})});
    EXPECT_EQ(life.on(Kind::lost, 1, "it died"), nothing) << "reloading";
    EXPECT_EQ(life.on(Kind::lost, 3, "it died"), abandoned) << "before it was ready";
  }
  {
    Life life;
    life.reloading().on(Kind::served, 3);
    EXPECT_EQ(life.on(Kind::lost, 3, "it died"), abandoned) << "after it was ready";
  }
  {
    Life life;
    life.settling();
    EXPECT_EQ(life.on(Kind::lost, 1, "it died"), nothing) << "settling, previous";
    EXPECT_EQ(life.on(Kind::lost, 3, "it died"), nothing) << "settling, in force";
    EXPECT_EQ(life.phase(), Phase::settling);
  }
}

// Slots that go on are not served anew: their acceptors take their settings once all else is ready.
TEST(Reload, OfASlotThatGoesOnIsOverWhenItHasItsSettings) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  EXPECT_EQ(life.on(event::Prepared{Life::plan({1, 3})}), Words{});
  EXPECT_EQ(life.on(Kind::lost, 1, "it died"), Words{}) << "it gets another one";
  EXPECT_EQ(life.on(Kind::served, 3), (Words{"release 2", "commit"}));
  EXPECT_EQ(life.on(Kind::closed, 2), Words{});
  EXPECT_EQ(life.on(Kind::applied, 1), (Words{"reloaded", "yes to 1"}));
  EXPECT_EQ(life.state().current.slots, (std::set<SlotId>{1, 3}));
}

TEST(Reload, WithoutANewSlotIsCommittedAtOnce) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  EXPECT_EQ(life.on(event::Prepared{Life::plan({1, 2})}), (Words{"release", "commit"}));
  EXPECT_EQ(life.on(Kind::applied, 2), Words{});
  EXPECT_EQ(life.on(Kind::applied, 2), Words{}) << "twice the same";
  EXPECT_EQ(life.on(Kind::applied, 1), (Words{"reloaded", "yes to 1"}));
}

TEST(Reload, KillsAcceptorsThatDoNotTakeTheirSettings) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  life.on(event::Prepared{Life::plan({1, 2})});
  life.on(Kind::applied, 1);
  EXPECT_EQ(life.after(9999ms), Words{});
  EXPECT_EQ(life.after(1ms), (Words{"kill stuck", "reloaded", "yes to 1"}));
  EXPECT_EQ(life.on(Kind::applied, 2), Words{}) << "the next one has them";
}

TEST(Reload, ThatIsAbandonedLeavesWhatGoesOn) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  life.on(event::Prepared{Life::plan({1, 2, 3})});
  EXPECT_EQ(life.on(Kind::lost, 3, "it died"),
            (Words{"release 3", "discard", "reload failed: it died", "no to 1"}));
  EXPECT_EQ(life.state().current.slots, (std::set<SlotId>{1, 2}));
  life.on(event::ReloadAsked{2});
  life.on(event::Prepared{Life::plan({1, 4})});
  EXPECT_EQ(life.on(event::StopAsked{}),
            (Words{"release 4", "discard", "release 1 2", "stop", "no to 2"}));
}

TEST(Stop, DuringAReloadAnswersAllRequests) {
  for (const bool committed : {false, true}) {
    Life life;
    committed ? life.settling() : life.reloading();
    life.on(event::ReloadAsked{2});
    const Words expected =
        committed ? Words{"release 3 4", "stop", "no to 1", "no to 2"}
                  : Words{"release 3 4", "discard", "release 1 2", "stop", "no to 1", "no to 2"};
    EXPECT_EQ(life.on(event::StopAsked{}), expected);
    EXPECT_EQ(life.on(Kind::served, 4), Words{});
    EXPECT_EQ(life.on(Kind::closed, 1), Words{});
    EXPECT_EQ(life.on(event::ReloadAsked{3}), Words{"no to 3"});
    EXPECT_EQ(life.on(event::AllGone{}), Words{});
    EXPECT_EQ(life.phase(), Phase::stopped);
    EXPECT_EQ(life.state().stop_reason, StopReason::asked);
  }
}

TEST(Stop, WhileTheFileIsReadReleasesWhatIsPrepared) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  EXPECT_EQ(life.on(event::StopAsked{}), (Words{"release 1 2", "stop", "no to 1"}));
  EXPECT_EQ(life.on(event::Prepared{Life::plan({3})}), (Words{"release 3", "discard"}));
  EXPECT_EQ(life.phase(), Phase::stopping);
}

TEST(Stop, EndsSessionsOnceWhenTheGraceIsOver) {
  Life life;
  life.started();
  EXPECT_EQ(life.on(event::StopAsked{}), (Words{"release 1 2", "stop"}));
  EXPECT_EQ(life.after(4999ms), Words{});
  EXPECT_EQ(life.after(1ms), Words{"end sessions"});
  EXPECT_EQ(life.after(1h), Words{});
  EXPECT_EQ(life.on(event::StopAsked{}), Words{});
}

TEST(Stop, ASecondOneEndsTheGrace) {
  Life life;
  life.started().on(event::StopAsked{});
  EXPECT_EQ(life.on(event::StopAsked{}), Words{"end sessions"});
  EXPECT_EQ(life.on(event::StopAsked{}), Words{});
}

TEST(Stop, IsWhatIsLeftWhenAcceptorsKeepDying) {
  Life life;
  life.started();
  EXPECT_EQ(life.on(Kind::given_up, 1), (Words{"release 1 2", "stop"}));
  EXPECT_EQ(life.on(Kind::given_up, 2), Words{});
  EXPECT_EQ(life.state().stop_reason, StopReason::given_up);
  EXPECT_EQ(life.on(event::AllGone{}), Words{});
  EXPECT_EQ(life.phase(), Phase::stopped);
}

TEST(Stop, OfAStartNeedsNoAcceptor) {
  Life life;
  EXPECT_EQ(life.on(event::StopAsked{}), (Words{"release 1 2", "stop"}));
  EXPECT_EQ(life.on(Kind::lost, 1, "it died"), Words{});
  EXPECT_EQ(life.phase(), Phase::stopping);
}

// --- cases that have none ---

// What a manager and its supervisor would do, with chance in the place of files and processes.
// Every action is checked against what it finds.
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
      case 3: hand_over_prepared(); break;
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

  // Nothing more is asked for, and every acceptor does what it was told, in the end.
  void come_to_rest() {
    for (int i = 0; i < 20 && !is_at_rest(); ++i) {
      hand_over_prepared();
      // What is done about one may change the others.
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
    return !prepared_ && all_serve && unapplied_.empty() && life_.phase != Phase::stopping;
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

  // Some slots of `previous` go on.
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
  // Prepared comes before any change of its slots.
  [[nodiscard]] bool is_unheard_of(SlotId slot) const {
    return prepared_ && next_ && next_->slots.contains(slot) && !current_.slots.contains(slot);
  }

  void ask(std::optional<RequestId> request) { hand_over(event::ReloadAsked{request}); }

  void hand_over_prepared() {
    if (!prepared_) return;
    const Event event = *std::exchange(prepared_, std::nullopt);
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

  // Something becomes of a slot, if there is one of which it may.
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
    // Their successors begin with the settings.
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
    EXPECT_TRUE(!next_ || prepared_) << "what is prepared goes by Discard";
  }
  void perform(const action::EndSessions& /*action*/) {
    EXPECT_TRUE(stopping_);
    EXPECT_FALSE(std::exchange(sessions_were_ended_, true));
  }

  void expect_served(const Plan& plan) {
    for (const SlotId slot : plan.slots) {
      // One that goes on may be between two acceptors.
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
  std::optional<Event> prepared_;  // not handed over yet
  std::map<SlotId, State> slots_;  // those with an acceptor that accepts, or will
  std::set<SlotId> unapplied_;     // those that go on, and still by their previous settings
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
  // Chance has taken both ways, each many times.
  EXPECT_GT(ends[Phase::serving], 10'000);
  EXPECT_GT(ends[Phase::stopped], 10'000);
}

}  // namespace
}  // namespace yodel::manager
