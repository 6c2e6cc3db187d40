// The life cycle without processes: the actions that follow each event, in particular cases.

#include "manager/life_cycle.hpp"

#include <chrono>
#include <gtest/gtest.h>
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

// Returns a short text for an action.
struct Word {
  std::string operator()(const action::Prepare& /*action*/) const { return "prepare"; }
  std::string operator()(const action::BeginServing& /*action*/) const { return "begin serving"; }
  std::string operator()(const action::Listen& /*action*/) const { return "listen"; }
  std::string operator()(const action::Commit& /*action*/) const { return "commit"; }
  std::string operator()(const action::Discard& /*action*/) const { return "discard"; }
  std::string operator()(const action::Release& action) const {
    std::string text = "release";
    for (const SlotId slot : action.slots)
      text += " " + std::to_string(slot);
    return text;
  }
  std::string operator()(const action::KillStuck& /*action*/) const { return "kill stuck"; }
  std::string operator()(const action::EndReload& action) const {
    return action.failure ? "reload failed: " + *action.failure : "reloaded";
  }
  std::string operator()(const action::Answer& action) const {
    std::string text = action.succeeded ? "yes to" : "no to";
    for (const auto request : action.requests)
      text += " " + std::to_string(request);
    return text;
  }
  std::string operator()(const action::BeginStop& /*action*/) const { return "stop"; }
  std::string operator()(const action::EndSessions& /*action*/) const { return "end sessions"; }
};

// A life cycle with a clock that the test sets.
class Life {
 public:
  // Begins with the slots 1 and 2, and a grace period of 5 s.
  Life() : state_(LifeCycle::begin(plan({1, 2}), now_)) {}

  static Plan plan(std::set<SlotId> slots) { return {.slots = std::move(slots), .grace = 5s}; }

  // Returns the actions that follow.
  Words on(const Event& event) {
    auto [state, actions] = step(std::move(state_), event, now_);
    state_ = std::move(state);
    Words words;
    for (const auto& action : actions)
      words.push_back(std::visit(Word{}, action));
    return words;
  }
  Words on(Kind kind, SlotId slot, const std::string& why = {}) {
    return on(SlotChange{.kind = kind, .slot = slot, .why = why});
  }
  Words after(posix::Clock::duration time) {
    now_ += time;
    return on(event::TimePassed{});
  }

  // Brings it to the phase serving, with the slots 1 and 2.
  Life& started() {
    on(Kind::served, 1);
    EXPECT_EQ(on(Kind::served, 2), Words{"begin serving"});
    return *this;
  }
  // Brings it to the phase reloading, with the slots 3 and 4 prepared for the request 1.
  Life& reloading() {
    started();
    EXPECT_EQ(on(event::ReloadAsked{1}), Words{"prepare"});
    EXPECT_EQ(on(event::Prepared{plan({3, 4})}), Words{});
    return *this;
  }
  // Brings it to the phase listening: the slots 3 and 4 are served.
  Life& listening() {
    reloading();
    on(Kind::served, 3);
    EXPECT_EQ(on(Kind::served, 4), Words{"listen"});
    return *this;
  }
  // Brings it to the phase settling: the slots 3 and 4 are in force.
  Life& settling() {
    listening();
    EXPECT_EQ(on(event::Listening{}), (Words{"release 1 2", "commit"}));
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
  EXPECT_EQ(life.on(Kind::served, 2), Words{}) << "the same again";
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
  EXPECT_EQ(life.state().failure, "an acceptor was not ready within 10 s");
}

TEST(Start, IsFollowedByTheReloadRequestedMeanwhile) {
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
  life.on(event::Listening{});
  EXPECT_EQ(life.on(event::ReloadAsked{3}), Words{});
  life.on(Kind::closed, 1);
  EXPECT_EQ(life.on(Kind::closed, 2), (Words{"reloaded", "yes to 1", "prepare"}));
  EXPECT_EQ(life.on(event::NotPrepared{"bad"}), (Words{"reload failed: bad", "no to 2 3"}));
}

TEST(Reload, WhoseAcceptorIsNotReadyInTimeIsDiscarded) {
  Life life;
  life.reloading().on(Kind::served, 3);
  EXPECT_EQ(life.after(9999ms), Words{});
  EXPECT_EQ(life.after(1ms),
            (Words{"release 3 4", "discard", "reload failed: an acceptor was not ready within 10 s",
                   "no to 1"}));
  EXPECT_EQ(life.state().current.slots, (std::set<SlotId>{1, 2}));
  EXPECT_EQ(life.on(Kind::served, 4), Words{}) << "too late";
}

TEST(Reload, ThatCannotListenIsDiscarded) {
  Life life;
  EXPECT_EQ(life.listening().on(event::NotListening{"in use"}),
            (Words{"release 3 4", "discard", "reload failed: in use", "no to 1"}));
  EXPECT_EQ(life.state().current.slots, (std::set<SlotId>{1, 2}));
  EXPECT_EQ(life.on(event::Listening{}), Words{}) << "too late";
}

TEST(Reload, WhoseAcceptorDiesBeforeItListensIsDiscarded) {
  Life life;
  EXPECT_EQ(life.listening().on(Kind::lost, 3, "it died"),
            (Words{"release 3 4", "discard", "reload failed: it died", "no to 1"}));
  EXPECT_EQ(life.on(event::Listening{}), Words{}) << "too late";
}

TEST(Reload, WaitsForDiscardedAcceptorsToo) {
  Life life;
  life.reloading().after(10s);
  EXPECT_EQ(life.on(event::ReloadAsked{2}), Words{"prepare"});
  life.on(event::Prepared{Life::plan({5})});
  EXPECT_EQ(life.on(Kind::served, 5), Words{"listen"});
  EXPECT_EQ(life.on(event::Listening{}), (Words{"release 1 2", "commit"}));
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

TEST(Reload, ManyHangupsCauseOneMore) {
  Life life;
  life.reloading();
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(life.on(event::ReloadAsked{}), Words{});
  life.on(Kind::served, 3);
  life.on(Kind::served, 4);
  life.on(event::Listening{});
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(life.on(event::ReloadAsked{}), Words{});
  life.on(Kind::closed, 1);
  EXPECT_EQ(life.on(Kind::closed, 2), (Words{"reloaded", "yes to 1", "prepare"}));
  EXPECT_EQ(life.on(event::NotPrepared{"bad"}), Words{"reload failed: bad"});
}

// An acceptor dies at each step of a reload: one of the previous settings, or one of the next ones.
TEST(Reload, IsAbandonedOnlyIfAnAcceptorOfItsOwnDies) {
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

// Slots that go on are not served again: their acceptors get the settings once all else is ready.
TEST(Reload, OfASlotThatGoesOnEndsWhenItHasAppliedItsSettings) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  EXPECT_EQ(life.on(event::Prepared{Life::plan({1, 3})}), Words{});
  EXPECT_EQ(life.on(Kind::lost, 1, "it died"), Words{}) << "the slot gets another acceptor";
  EXPECT_EQ(life.on(Kind::served, 3), Words{"listen"});
  EXPECT_EQ(life.on(event::Listening{}), (Words{"release 2", "commit"}));
  EXPECT_EQ(life.on(Kind::closed, 2), Words{});
  EXPECT_EQ(life.on(Kind::applied, 1), (Words{"reloaded", "yes to 1"}));
  EXPECT_EQ(life.state().current.slots, (std::set<SlotId>{1, 3}));
}

TEST(Reload, WithoutANewSlotIsCommittedAtOnce) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  EXPECT_EQ(life.on(event::Prepared{Life::plan({1, 2})}), Words{"listen"});
  EXPECT_EQ(life.on(event::Listening{}), (Words{"release", "commit"}));
  EXPECT_EQ(life.on(Kind::applied, 2), Words{});
  EXPECT_EQ(life.on(Kind::applied, 2), Words{}) << "the same again";
  EXPECT_EQ(life.on(Kind::applied, 1), (Words{"reloaded", "yes to 1"}));
}

TEST(Reload, KillsAcceptorsThatDoNotTakeTheirSettings) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  life.on(event::Prepared{Life::plan({1, 2})});
  life.on(event::Listening{});
  life.on(Kind::applied, 1);
  EXPECT_EQ(life.after(9999ms), Words{});
  EXPECT_EQ(life.after(1ms), (Words{"kill stuck", "reloaded", "yes to 1"}));
  EXPECT_EQ(life.on(Kind::applied, 2), Words{}) << "its successor has the settings";
}

TEST(Reload, ThatIsAbandonedKeepsTheSlotsThatGoOn) {
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

TEST(Stop, WhileTheFileIsReadReleasesThePreparedSlots) {
  Life life;
  life.started().on(event::ReloadAsked{1});
  EXPECT_EQ(life.on(event::StopAsked{}), (Words{"release 1 2", "stop", "no to 1"}));
  EXPECT_EQ(life.on(event::Prepared{Life::plan({3})}), (Words{"release 3", "discard"}));
  EXPECT_EQ(life.phase(), Phase::stopping);
}

TEST(Stop, EndsSessionsOnceWhenTheGracePeriodExpires) {
  Life life;
  life.started();
  EXPECT_EQ(life.on(event::StopAsked{}), (Words{"release 1 2", "stop"}));
  EXPECT_EQ(life.after(4999ms), Words{});
  EXPECT_EQ(life.after(1ms), Words{"end sessions"});
  EXPECT_EQ(life.after(1h), Words{});
  EXPECT_EQ(life.on(event::StopAsked{}), Words{});
}

TEST(Stop, ASecondOneEndsTheGracePeriod) {
  Life life;
  life.started().on(event::StopAsked{});
  EXPECT_EQ(life.on(event::StopAsked{}), Words{"end sessions"});
  EXPECT_EQ(life.on(event::StopAsked{}), Words{});
}

TEST(Stop, FollowsIfAcceptorsKeepDying) {
  Life life;
  life.started();
  EXPECT_EQ(life.on(Kind::given_up, 1), (Words{"release 1 2", "stop"}));
  EXPECT_EQ(life.on(Kind::given_up, 2), Words{});
  EXPECT_EQ(life.state().stop_reason, StopReason::given_up);
  EXPECT_EQ(life.on(event::AllGone{}), Words{});
  EXPECT_EQ(life.phase(), Phase::stopped);
}

TEST(Stop, DuringTheStartNeedsNoAcceptor) {
  Life life;
  EXPECT_EQ(life.on(event::StopAsked{}), (Words{"release 1 2", "stop"}));
  EXPECT_EQ(life.on(Kind::lost, 1, "it died"), Words{});
  EXPECT_EQ(life.phase(), Phase::stopping);
}

}  // namespace
}  // namespace yodel::manager
