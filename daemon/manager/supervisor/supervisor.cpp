#include "manager/supervisor/supervisor.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <system_error>
#include <utility>

#include "manager/supervisor/records.hpp"

namespace yodel::manager {
namespace {

using namespace std::chrono_literals;
using posix::Clock;
using State = Acceptor::State;
using Kind = SlotChange::Kind;

// How long to let events gather, for one wake-up instead of one for each event. With thousands of
// sessions a second the manager and the log writer then take 18 µs for each session instead of 67.
// Kept short, because waiting events must fit into the channel.
constexpr auto gather_time = 5ms;

}  // namespace

void Supervisor::serve(Slot slot) {
  const SlotId id = slot.id;
  Served& served = served_[id] = Served{.slot = std::move(slot)};
  if (auto error = start(served)) lose(served, Acceptor::Loss::shortage, *std::move(error));
}

void Supervisor::change(Slot slot, EndTimes times) {
  Served* served = find(slot.id);
  if (served == nullptr) return;
  served->slot = std::move(slot);
  served->awaits_applied = true;
  for (Acceptor& acceptor : acceptors_) {
    if (acceptor.slot() != served->slot.id) continue;
    if (acceptor.apply(served->slot.launch, records_)) acceptor.end_previous_sessions(times);
  }
  update();
}

void Supervisor::release(const std::set<SlotId>& slots, std::optional<EndTimes> times) {
  std::erase_if(served_, [&](const auto& served) { return slots.contains(served.first); });
  for (Acceptor& acceptor : acceptors_) {
    if (!slots.contains(acceptor.slot())) continue;
    if (is_wanted(acceptor.state())) acceptor.drain();
    if (times) acceptor.end_previous_sessions(*times);
  }
  for (const SlotId slot : slots)
    close_if_released(slot);
}

void Supervisor::kill_stuck() {
  for (Acceptor& acceptor : acceptors_) {
    const bool has_not_applied = acceptor.state() == State::serving && !acceptor.is_current();
    if (acceptor.state() == State::draining || has_not_applied) acceptor.kill(records_);
  }
  update();
}

void Supervisor::end_sessions(int signal) noexcept {
  for (Acceptor& acceptor : acceptors_)
    acceptor.end_sessions(signal);
}

Counters Supervisor::totals() const noexcept {
  Counters total = gone_;
  for (const Acceptor& acceptor : acceptors_)
    total += acceptor.counters();
  return total;
}

std::uint64_t Supervisor::max_sessions() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& [id, served] : served_)
    sum += served.slot.launch.sessions;
  return sum;
}

void Supervisor::add_descriptors(std::vector<pollfd>& fds, Time now) const {
  if (now < gather_until_) return;
  for (const Acceptor& acceptor : acceptors_)
    fds.push_back({.fd = acceptor.channel(), .events = POLLIN, .revents = 0});
}

void Supervisor::read(std::span<const pollfd> fds) {
  // `fds` has the acceptors in order, or is empty while events gather.
  auto acceptor = acceptors_.begin();
  for (const pollfd& fd : fds) {
    const bool none_left = fd.revents != 0 && acceptor->read_events(records_);
    if (none_left) gather_until_ = Clock::now() + gather_time;
    ++acceptor;
  }
  update();
}

void Supervisor::on_exit(pid_t pid, const posix::ChildExit& end) {
  const auto acceptor = std::find_if(acceptors_.begin(), acceptors_.end(), [&](const Acceptor& a) {
    return a.pid() == pid && !a.is_dead();
  });
  if (acceptor != acceptors_.end()) {
    acceptor->on_exit(end, records_);
  } else {
    handle_orphan(pid, end);
  }
  update();
}

// Handles the end of a session that outlived its acceptor.
void Supervisor::handle_orphan(pid_t pid, const posix::ChildExit& end) {
  // Read all events first: the session sent its report before it ended.
  for (Acceptor& acceptor : acceptors_) {
    while (acceptor.is_dead() && !acceptor.read_events(records_)) {
    }
  }
  for (Acceptor& acceptor : acceptors_) {
    if (acceptor.on_orphan(pid, end, records_)) return;
  }
}

void Supervisor::advance(Time now) {
  for (auto& [slot, served] : served_) {
    drop_expired(served.slot.replaced, now);
    if (served.start_at && *served.start_at <= now) restart(served);
  }
  for (Acceptor& acceptor : acceptors_)
    acceptor.advance(now, records_);
  update();
  remove_gone();
}

posix::Deadline Supervisor::next_deadline(Time now) const noexcept {
  posix::Deadline next = heartbeat_.next();
  if (now < gather_until_) next = posix::earlier(next, gather_until_);
  for (const auto& [slot, served] : served_)
    next = posix::earlier(next, served.start_at);
  for (const Acceptor& acceptor : acceptors_)
    next = posix::earlier(next, acceptor.next_deadline());
  return next;
}

bool Supervisor::beat(Time now) noexcept {
  if (now < heartbeat_.next()) return false;
  heartbeat_.beat(now);
  for (Acceptor& acceptor : acceptors_) {
    acceptor.ping(heartbeat_.pong_deadline(now));
    acceptor.check_scoreboard(now, records_);
  }
  return std::none_of(acceptors_.begin(), acceptors_.end(),
                      [](const Acceptor& acceptor) { return acceptor.is_silent(); });
}

Supervisor::Served* Supervisor::find(SlotId slot) noexcept {
  const auto found = served_.find(slot);
  return found == served_.end() ? nullptr : &found->second;
}

bool Supervisor::has(SlotId slot, State state) const noexcept {
  return std::any_of(acceptors_.begin(), acceptors_.end(), [&](const Acceptor& acceptor) {
    return acceptor.slot() == slot && acceptor.state() == state;
  });
}

// Starts an acceptor. Returns std::nullopt, or the error if that failed.
std::optional<std::string> Supervisor::start(Served& served) {
  served.restarts.started(Clock::now());
  try {
    acceptors_.emplace_back(launcher_.start(served.slot, acceptors_));
    return std::nullopt;
  } catch (const std::system_error& error) {
    return error.what();
  }
}

void Supervisor::restart(Served& served) {
  served.start_at.reset();
  const auto error = start(served);
  if (!error) return;
  records_.push_back(records::acceptor_not_started(served.slot.where, *error));
  plan_restart(served, Acceptor::Loss::shortage);
}

// Connections stay in the backlog until the next acceptor starts.
void Supervisor::plan_restart(Served& served, Acceptor::Loss loss) {
  const auto now = Clock::now();
  switch (loss) {
    case Acceptor::Loss::terminate_requested: served.start_at = now; return;
    case Acceptor::Loss::shortage: served.start_at = served.restarts.not_started(now); return;
    case Acceptor::Loss::died: served.start_at = served.restarts.died(now); break;
  }
  if (served.start_at) return;
  records_.push_back(records::acceptor_given_up(served.slot.where, RestartPolicy::max_deaths));
  changes_.push_back({.kind = Kind::given_up, .slot = served.slot.id});
}

// Reacts to changes in the state of the acceptors.
void Supervisor::update() {
  for (Acceptor& acceptor : acceptors_)
    review(acceptor);
}

void Supervisor::review(Acceptor& acceptor) {
  Served* served = find(acceptor.slot());
  const State before = acceptor.take_last_state();
  const State now = acceptor.state();
  if (now != before && now == State::serving && served != nullptr) {
    served->restarts.served();
    changes_.push_back({.kind = Kind::served, .slot = acceptor.slot()});
  }
  if (served != nullptr && served->awaits_applied && acceptor.is_current()) {
    served->awaits_applied = false;
    changes_.push_back({.kind = Kind::applied, .slot = acceptor.slot()});
  }
  if (now == before || now != State::stopped) return;
  if (is_wanted(before) && served != nullptr) {
    const auto loss = acceptor.loss();
    lose(*served, loss,
         fmt::format("the acceptor at {} {}", acceptor.where(),
                     loss == Acceptor::Loss::terminate_requested ? "was terminated" : "died"));
  }
  close_if_released(acceptor.slot());
}

void Supervisor::lose(Served& served, Acceptor::Loss loss, std::string why) {
  changes_.push_back({.kind = Kind::lost, .slot = served.slot.id, .why = std::move(why)});
  plan_restart(served, loss);
}

void Supervisor::close_if_released(SlotId slot) {
  const bool is_accepting =
      has(slot, State::starting) || has(slot, State::serving) || has(slot, State::draining);
  if (find(slot) == nullptr && !is_accepting) {
    changes_.push_back({.kind = Kind::closed, .slot = slot});
  }
}

void Supervisor::remove_gone() {
  for (auto acceptor = acceptors_.begin(); acceptor != acceptors_.end();) {
    if (!acceptor->is_gone()) {
      ++acceptor;
      continue;
    }
    acceptor->add_missing_records(records_);
    gone_ += acceptor->counters();
    acceptor = acceptors_.erase(acceptor);
  }
}

}  // namespace yodel::manager
