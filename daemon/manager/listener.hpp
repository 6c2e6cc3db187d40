// A listening socket, bound by us or passed by systemd.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/settings.hpp"
#include "manager/socket_file.hpp"
#include "manager/systemd/passed_sockets.hpp"
#include "posix/descriptor.hpp"
#include "protocol/endpoint.hpp"

namespace yodel::manager {

class Listener {
 public:
  // Makes a socket, binds it and listens, as listen_at(). A Unix socket whose owner is gone is
  // replaced; its file is removed with the Listener unless that is stored. Throws StartError.
  [[nodiscard]] static Listener bind(const config::Listen& listen);
  // Makes a TCP socket in the place of `others`, this process's own at overlapping addresses, which
  // stay the caller's. It is bound, and listens only at start_listening(): a connection to a
  // narrower address would find it at once. Throws StartError.
  [[nodiscard]] static Listener bind_beside(std::vector<int> others, const config::Listen& listen);
  // Takes over a socket that listens already, a socket unit's or one that the process of before has
  // bound. Throws StartError.
  [[nodiscard]] static Listener adopt(PassedSockets::Claimed passed, const config::Listen& listen);

  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) = delete;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] const posix::Descriptor& socket() const noexcept { return socket_; }
  // Where it listens, with the port that the kernel chose for port 0. What systemd passed may
  // listen elsewhere than the file says.
  [[nodiscard]] const protocol::Endpoint& bound() const noexcept { return bound_; }
  // The same as text: "127.0.0.1:9999".
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  // Returns whether both are copies of one socket.
  [[nodiscard]] bool is_same_socket(const Listener& other) const noexcept;
  // Returns whether who connects comes here: the file of a Unix socket that we bound may have been
  // removed or replaced.
  [[nodiscard]] bool is_reachable() const noexcept;

  // Whether it is a socket unit's, and not ours to keep or to end.
  [[nodiscard]] bool belongs_to_unit() const noexcept { return belongs_to_unit_; }
  // The name under which it is to outlive this process, in the descriptor store; so does the file
  // of a Unix socket then. Empty: it is not there.
  [[nodiscard]] const std::string& stored_as() const noexcept { return stored_as_; }
  void set_stored_as(std::string name) noexcept { stored_as_ = std::move(name); }
  // It was stored and is not to be any more: it listens no longer, whoever holds a copy of it.
  void end() noexcept;

  [[nodiscard]] bool is_listening() const noexcept { return is_listening_; }
  // Of one that bind_beside() made, while a SharedPort lets it. Throws StartError.
  void start_listening(const config::Listen& listen);

  // Sets what the kernel queues, listen(2), also while connections wait. A socket that listens
  // already does not refuse it.
  void set_backlog(int backlog) const noexcept;

  // Sets how long connections that are accepted from now on outlive a peer whose machine has
  // vanished, limits.peer_timeout: they inherit it, so a session has nothing to set.
  void set_peer_timeout(const config::Limits& limits) const noexcept;
  // Sets the socket buffers of connections that are accepted from now on: socket_buffer.
  void set_buffers(std::uint32_t size) const noexcept;

 private:
  Listener(posix::Descriptor socket, protocol::Endpoint bound);
  // Takes the file of a Unix socket for ours, to be removed; std::nullopt: there is none.
  void own(std::optional<SocketFile> file) noexcept;

  posix::Descriptor socket_;
  protocol::Endpoint bound_;
  std::string text_;
  bool belongs_to_unit_ = false;
  bool is_listening_ = true;
  std::string stored_as_;
  std::optional<SocketFile> file_;  // of a Unix socket that we bound
};

}  // namespace yodel::manager
