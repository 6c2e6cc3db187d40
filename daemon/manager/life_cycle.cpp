#include "manager/life_cycle.hpp"

#include <fmt/format.h>
#include <utility>

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using Phase = LifeCycle::Phase;
using StopReason = LifeCycle::StopReason;

std::string not_ready_in_time() {
  return fmt::format("an acceptor was not ready within {} s", LifeCycle::ready_time / 1s);
}

std::set<SlotId> difference(std::set<SlotId> from, const std::set<SlotId>& slots) {
  for (const SlotId slot : slots)
    from.erase(slot);
  return from;
}

// One step of the state machine. Changes its copy of the state and collects the actions.
class Transition {
 public:
  Transition(LifeCycle state, LifeCycle::Time now) : state_(std::move(state)), now_(now) {}

  void on(const event::ReloadAsked& asked) {
    if (asked.request) state_.waiting.push_back(*asked.request);
    if (is_ending()) return answer(state_.waiting, false);
    state_.reload_again = true;
    reload_if_asked();
  }

  void on(const event::Prepared& prepared) {
    state_.next = prepared.plan;
    if (state_.phase != Phase::preparing) return discard();
    enter(Phase::reloading, now_ + LifeCycle::ready_time);
    state_.unserved = new_slots();
    if (state_.unserved.empty()) listen();
  }

  void on(const event::NotPrepared& not_prepared) {
    if (state_.phase == Phase::preparing) end_reload(not_prepared.why);
  }

  void on(const event::Listening& /*event*/) {
    if (state_.phase == Phase::listening) commit();
  }

  void on(const event::NotListening& not_listening) {
    if (state_.phase == Phase::listening) abandon(not_listening.why);
  }

  void on(const SlotChange& change) {
    switch (change.kind) {
      case SlotChange::Kind::served: on_served(change.slot); break;
      case SlotChange::Kind::lost: on_lost(change); break;
      case SlotChange::Kind::applied:
      case SlotChange::Kind::closed:
        state_.unsettled.erase(change.slot);
        end_reload_if_settled();
        break;
      case SlotChange::Kind::given_up:
        if (!is_ending()) stop(StopReason::given_up);
        break;
    }
  }

  void on(const event::StopAsked& /*event*/) {
    if (state_.phase == Phase::stopping) {
      end_grace();
    } else if (!is_ending()) {
      stop(StopReason::asked);
    }
  }

  void on(const event::AllGone& /*event*/) {
    if (state_.phase == Phase::stopping) enter(Phase::stopped);
  }

  void on(const event::TimePassed& /*event*/) {
    if (!state_.deadline || now_ < *state_.deadline) return;
    switch (state_.phase) {
      case Phase::starting: fail_to_start(not_ready_in_time()); break;
      case Phase::reloading: abandon(not_ready_in_time()); break;
      case Phase::settling:
        act(action::KillStuck{});
        state_.unsettled.clear();
        end_reload_if_settled();
        break;
      case Phase::stopping: end_grace(); break;
      case Phase::serving:
      case Phase::preparing:
      case Phase::listening:
      case Phase::stopped: break;
    }
  }

  [[nodiscard]] Step result() && {
    return {.state = std::move(state_), .actions = std::move(actions_)};
  }

 private:
  template <class Each>
  void act(Each action) {
    actions_.emplace_back(std::in_place_type<Each>, std::move(action));
  }

  void enter(Phase phase, posix::Deadline deadline = std::nullopt) {
    state_.phase = phase;
    state_.deadline = deadline;
    state_.unserved.clear();
  }

  [[nodiscard]] bool is_ending() const {
    return state_.phase == Phase::stopping || state_.phase == Phase::stopped;
  }

  void answer(std::vector<RequestId>& requests, bool succeeded) {
    if (requests.empty()) return;
    act(action::Answer{.requests = std::exchange(requests, {}), .succeeded = succeeded});
  }

  void on_served(SlotId slot) {
    if (state_.unserved.erase(slot) == 0 || !state_.unserved.empty()) return;
    if (state_.phase == Phase::starting) {
      enter(Phase::serving);
      act(action::BeginServing{});
      reload_if_asked();
    } else {
      listen();
    }
  }

  void on_lost(const SlotChange& change) {
    if (state_.phase == Phase::starting) return fail_to_start(change.why);
    // The supervisor starts another acceptor for a slot in force; only a new slot fails the reload.
    if (new_slots().contains(change.slot)) abandon(change.why);
  }

  void fail_to_start(std::string why) {
    enter(Phase::stopped);
    state_.stop_reason = StopReason::not_started;
    state_.failure = std::move(why);
    release(std::exchange(state_.current.slots, {}));
    answer(state_.waiting, false);
  }

  void reload_if_asked() {
    if (state_.phase != Phase::serving || !std::exchange(state_.reload_again, false)) return;
    state_.answerable = std::exchange(state_.waiting, {});
    enter(Phase::preparing);
    act(action::Prepare{});
  }

  // Returns the slots of the next plan that are not in force.
  [[nodiscard]] std::set<SlotId> new_slots() const {
    return difference(state_.next.slots, state_.current.slots);
  }

  // Acceptors that were ready may have accepted connections already. Their sessions go on.
  void release(std::set<SlotId> slots) {
    act(action::Release{slots});
    state_.unsettled.merge(slots);
  }

  void listen() {
    enter(Phase::listening);
    act(action::Listen{});
  }

  void commit() {
    auto kept = difference(state_.next.slots, new_slots());
    release(difference(state_.current.slots, state_.next.slots));
    act(action::Commit{});
    state_.current = std::exchange(state_.next, {});
    enter(Phase::settling, now_ + LifeCycle::ready_time);
    state_.unsettled.merge(kept);
    end_reload_if_settled();
  }

  void discard() {
    release(new_slots());
    state_.next = {};
    act(action::Discard{});
  }

  void abandon(std::string why) {
    discard();
    end_reload(std::move(why));
  }

  // A reload is complete once no acceptor accepts connections under another plan.
  void end_reload_if_settled() {
    if (state_.phase == Phase::settling && state_.unsettled.empty()) end_reload(std::nullopt);
  }

  void end_reload(std::optional<std::string> failure) {
    const bool succeeded = !failure;
    enter(Phase::serving);
    act(action::EndReload{.failure = std::move(failure)});
    answer(state_.answerable, succeeded);
    reload_if_asked();
  }

  void stop(StopReason reason) {
    if (!state_.next.slots.empty()) discard();
    enter(Phase::stopping, now_ + state_.current.grace);
    state_.stop_reason = reason;
    release(std::exchange(state_.current.slots, {}));
    act(action::BeginStop{});
    answer(state_.answerable, false);
    answer(state_.waiting, false);
    state_.reload_again = false;
  }

  void end_grace() {
    if (!std::exchange(state_.deadline, std::nullopt)) return;  // it has already expired
    act(action::EndSessions{});
  }

  LifeCycle state_;
  LifeCycle::Time now_;
  std::vector<Action> actions_;
};

}  // namespace

LifeCycle LifeCycle::begin(Plan plan, Time now) {
  auto unserved = plan.slots;
  return {
      .current = std::move(plan), .unserved = std::move(unserved), .deadline = now + ready_time};
}

Step step(LifeCycle state, const Event& event, LifeCycle::Time now) {
  Transition transition(std::move(state), now);
  std::visit([&](const auto& each) { transition.on(each); }, event);
  return std::move(transition).result();
}

}  // namespace yodel::manager
