// The two ends of a connection of `yodel bench`: how it is made, and closed.
#include <cerrno>
#include <chrono>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <utility>

#include "client/bench/conversation.hpp"
#include "client/bench/dial.hpp"
#include "posix/tcp_info.hpp"

namespace yodel::client::bench {
namespace {

using posix::Clock;
using namespace std::chrono_literals;

// A SYN is sent again after 1 s, RFC 6298, 2.1, or earlier if a BPF program says so, bpf(2): a
// connect that took less than this has not, and costs no system call.
constexpr auto min_syn_timeout = 100ms;

}  // namespace

Conversation::Step Conversation::connect(int epoll, std::uint64_t key, std::size_t source) {
  epoll_ = epoll;
  key_ = key;
  source_ = source;
  peer_ended_ = false;
  send_error_ = 0;
  unanswered_ = false;
  unread_ = false;
  silent_ = true;
  reader_ = make_reader(plan_.service);
  requests_on_connection_ = 0;
  syn_retransmits_ = 0;
  began_ = Clock::now();
  deadline_ = began_ + plan_.connect_timeout;
  return begin_connect();
}

Conversation::Step Conversation::begin_connect() {
  state_ = State::connecting;
  auto [socket, error] = dial(plan_, source_);
  if (error == EAGAIN && !socket) return Step::waiting;
  socket_ = std::move(socket);
  if (error != 0 && error != EINPROGRESS) return fail_with(error);
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.u64 = key_}};
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_.get(), &event) != 0) return fail_with(errno);
  return error == 0 ? connected_now() : Step::waiting;
}

Conversation::Step Conversation::try_again() {
  return state_ == State::connecting && !socket_ ? begin_connect() : Step::waiting;
}

Conversation::Step Conversation::connected_now() {
  connected_ = Clock::now();
  if (connected_ - began_ >= min_syn_timeout) {
    if (const auto info = posix::tcp_info(socket_.get())) syn_retransmits_ = info->retransmits;
  }
  ++tally_.connections;
  if (!plan_.service.welcome) {
    state_ = State::idle;
    return Step::ready;
  }
  state_ = State::awaiting_welcome;
  deadline_ = connected_ + plan_.timeout;
  return Step::waiting;
}

void Conversation::count_tcp() {
  if (!socket_ || plan_.address.storage.ss_family == AF_UNIX) return;
  if (const auto info = posix::tcp_info(socket_.get())) {
    tally_.tcp.add(*info,
                   state_ == State::connecting ? std::nullopt : std::optional(syn_retransmits_));
  }
}

void Conversation::close() {
  ended_ = Clock::now();
  count_tcp();
  socket_.reset();
  rest_ = {};
  state_ = State::closed;
}

}  // namespace yodel::client::bench
