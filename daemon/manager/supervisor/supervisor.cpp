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

// Forks of one acceptor share one address layout, so somebody who crashes sessions to find it out
// gets this many tries.
constexpr std::uint64_t max_crashes = 64;
// How long events wait for others, which costs one wake-up for all of them and not one for each: 18
// µs of manager and log writer for a session and not 67, with thousands a second. Short, for what
// waits must find room in the channel.
constexpr auto gather_time = 5ms;

}  // namespace

void Supervisor::serve(Slot slot) {
  const SlotId id = slot.id;
  Served& served = served_[id] = Served{.slot = std::move(slot)};
  if (auto error = start(served)) lose(served, *std::move(error));
}

void Supervisor::release(const std::set<SlotId>& slots) {
  std::erase_if(served_, [&](const auto& served) { return slots.contains(served.first); });
  for (Acceptor& acceptor : acceptors_) {
    if (slots.contains(acceptor.slot()) && is_wanted(acceptor.state())) acceptor.drain();
  }
  for (const SlotId slot : slots)
    close_if_released(slot);
}

void Supervisor::kill_stuck() {
  for (Acceptor& acceptor : acceptors_) {
    if (acceptor.state() == State::draining) acceptor.kill(records_);
  }
  update();
}

void Supervisor::end_sessions() noexcept {
  for (Acceptor& acceptor : acceptors_)
    acceptor.end_sessions();
}

void Supervisor::hurry_sessions() noexcept {
  for (Acceptor& acceptor : acceptors_)
    acceptor.hurry_sessions();
}

protocol::Counters Supervisor::totals() const noexcept {
  protocol::Counters total = gone_;
  for (const Acceptor& acceptor : acceptors_)
    total += acceptor.counters();
  return total;
}

void Supervisor::add_descriptors(std::vector<pollfd>& fds, Time now) const {
  if (now < gather_until_) return;
  for (const Acceptor& acceptor : acceptors_)
    fds.push_back({.fd = acceptor.channel(), .events = POLLIN, .revents = 0});
}

void Supervisor::read(std::span<const pollfd> fds) {
  // The same acceptors in the same order, unless events are being gathered.
  auto acceptor = acceptors_.begin();
  for (const pollfd& fd : fds) {
    const bool none_left = fd.revents != 0 && acceptor->read_events(records_);
    if (none_left) gather_until_ = Clock::now() + gather_time;
    ++acceptor;
  }
  update();
}

void Supervisor::on_exit(pid_t pid, const posix::Ending& ending) {
  const auto acceptor = std::find_if(acceptors_.begin(), acceptors_.end(),
                                     [&](const Acceptor& a) { return a.pid() == pid; });
  if (acceptor != acceptors_.end()) {
    acceptor->on_exit(ending, records_);
  } else {
    handle_orphan(pid, ending);
  }
  update();
}

// A session that outlived its acceptor.
void Supervisor::handle_orphan(pid_t pid, const posix::Ending& ending) {
  for (Acceptor& acceptor : acceptors_)
    acceptor.read_events(records_);
  for (Acceptor& acceptor : acceptors_) {
    if (acceptor.on_orphan(pid, ending, records_)) return;
  }
  if (!protocol::is_crash(ending.status)) return;
  // Only the acceptor knew whose it was; where there is one dead acceptor, it was that one's.
  const auto dead = std::find_if(acceptors_.begin(), acceptors_.end(),
                                 [](const Acceptor& acceptor) { return acceptor.is_dead(); });
  if (dead != acceptors_.end()) {
    records_.push_back(records::session_lost(dead->origin(), pid, ending));
  }
}

void Supervisor::advance(Time now) {
  for (auto& [slot, served] : served_) {
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
  for (Acceptor& acceptor : acceptors_)
    acceptor.ping(heartbeat_.answer_by(now));
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

// Returns what kept it from being started; std::nullopt: nothing.
std::optional<std::string> Supervisor::start(Served& served) {
  const Slot& slot = served.slot;
  served.restarts.started(Clock::now());
  try {
    auto [channel, its] = Channel::open();
    auto child = program_.start(slot.listener, its.get(), slot.where);
    channel.send(slot.launch);
    acceptors_.emplace_back(slot.id, std::move(child), std::move(channel),
                            records::Origin{.acceptor = ++acceptors_started_,
                                            .listener = slot.where,
                                            .protocol = slot.launch.protocol});
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
  plan_restart(served);
}

// What waits in the slot's backlog waits for the next one.
void Supervisor::plan_restart(Served& served) {
  served.start_at = served.restarts.died(Clock::now());
  if (served.start_at) return;
  records_.push_back(records::acceptor_given_up(served.slot.where, RestartPolicy::most_deaths));
  changes_.push_back({.kind = Kind::given_up, .slot = served.slot.id});
}

// Draws the consequences of what has become of the acceptors.
void Supervisor::update() {
  for (Acceptor& acceptor : acceptors_)
    review(acceptor);
  for (const Acceptor& acceptor : acceptors_)
    replace_if_worn(acceptor);  // unless its successor serves, or is gone, by now
}

void Supervisor::review(Acceptor& acceptor) {
  const State before = acceptor.take_last_state();
  const State now = acceptor.state();
  if (now == before) return;
  Served* served = find(acceptor.slot());
  if (now == State::serving && served != nullptr) {
    // Another one that serves the same slot has been waiting for this one.
    for (Acceptor& other : acceptors_) {
      const bool is_replaced =
          &other != &acceptor && other.slot() == acceptor.slot() && other.state() == State::serving;
      if (is_replaced) other.drain();
    }
    changes_.push_back({.kind = Kind::served, .slot = acceptor.slot()});
  }
  if (now != State::stopped) return;
  if (is_wanted(before) && served != nullptr) {
    // Somebody sent it SIGTERM if it drains: it goes on with its sessions.
    lose(*served, fmt::format("the acceptor at {} {}", acceptor.origin().listener,
                              acceptor.has_drained() ? "was told to end" : "died"));
  }
  close_if_released(acceptor.slot());
}

void Supervisor::replace_if_worn(const Acceptor& acceptor) {
  const auto crashed = acceptor.counters().crashed;
  if (crashed < max_crashes || acceptor.state() != State::serving) return;
  Served* served = find(acceptor.slot());
  if (served == nullptr || served->start_at || has(served->slot.id, State::starting)) return;
  records_.push_back(records::acceptor_replaced(served->slot.where, acceptor.pid(), crashed));
  restart(*served);
}

void Supervisor::lose(Served& served, std::string why) {
  changes_.push_back({.kind = Kind::lost, .slot = served.slot.id, .why = std::move(why)});
  plan_restart(served);
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
    acceptor->close_books(records_);
    auto counters = acceptor->counters();
    counters.running = 0;
    gone_ += counters;
    acceptor = acceptors_.erase(acceptor);
  }
}

}  // namespace yodel::manager
