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
  // Creates a socket, binds it to the address of `listen` and listens there. Replaces a stale Unix
  // socket, at which nobody listens any more. The destructor removes the file of a Unix socket
  // unless the listener is stored. Throws StartError.
  [[nodiscard]] static Listener bind(const config::Listen& listen);
  // Creates a TCP socket that will replace `others`, this process's sockets at overlapping
  // addresses, which the caller keeps. The socket is bound but does not listen before
  // start_listening(): it would get connections to a narrower address at once. Throws StartError.
  [[nodiscard]] static Listener bind_beside(std::vector<int> others, const config::Listen& listen);
  // Adopts a socket that already listens: one of a socket unit, or one that a previous process
  // bound and stored. Throws StartError.
  [[nodiscard]] static Listener adopt(PassedSockets::Claimed passed, const config::Listen& listen);

  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&&) = delete;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();

  [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
  [[nodiscard]] const posix::Descriptor& socket() const noexcept { return socket_; }
  // Returns the address at which it listens, with the port that the kernel chose for port 0. A
  // passed socket may listen at another address than the file names.
  [[nodiscard]] const protocol::Endpoint& bound() const noexcept { return bound_; }
  // Returns bound() as text: "127.0.0.1:9999".
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  // Returns whether both descriptors refer to the same socket.
  [[nodiscard]] bool is_same_socket(const Listener& other) const noexcept;
  // Returns whether connections still arrive here. The file of a Unix socket that we bound may have
  // been removed or replaced.
  [[nodiscard]] bool is_reachable() const noexcept;

  // Returns whether it belongs to a socket unit. Then systemd decides how long it lives.
  [[nodiscard]] bool belongs_to_unit() const noexcept { return belongs_to_unit_; }
  // Returns its name in the descriptor store, or "" if it is not stored. A stored socket, and the
  // file of a Unix socket with it, outlives this process.
  [[nodiscard]] const std::string& stored_as() const noexcept { return stored_as_; }
  void set_stored_as(std::string name) noexcept { stored_as_ = std::move(name); }
  // Shuts down a socket that must no longer be stored: every copy of it stops listening. Clears
  // stored_as(), so that the destructor removes the file of a Unix socket.
  void end() noexcept;

  [[nodiscard]] bool is_listening() const noexcept { return is_listening_; }
  // Makes the socket of bind_beside() listen. The caller holds a SharedPort. Throws StartError.
  void start_listening(const config::Listen& listen);

  // Sets the backlog, listen(2). It may change while connections wait, and on a socket that already
  // listens this does not fail.
  void set_backlog(int backlog) const noexcept;

  // Sets how long a connection outlives a peer whose machine has vanished: peer_timeout of its
  // `limits`. Connections accepted from now on inherit it, so a session has nothing to set. Does
  // nothing for a Unix socket.
  void set_peer_timeout(const config::Limits& limits) const noexcept;
  // Sets the buffer size, socket_buffer, of connections accepted from now on. Does nothing for a
  // Unix socket.
  void set_buffers(std::uint32_t size) const noexcept;
  // Sets whether the kernel keeps what sessions of probe report about connections accepted from now
  // on, set_arrival_records(). Does nothing for a Unix socket.
  void set_arrival_records(protocol::Protocol protocol) const noexcept;
  // Sets whether a connection that sends nothing waits in the kernel, set_wait_for_header(). Does
  // nothing for a Unix socket.
  void set_wait_for_header(bool wanted) const noexcept;

 private:
  Listener(posix::Descriptor socket, protocol::Endpoint bound);
  // Makes the file of a Unix socket ours to remove. `file` is std::nullopt for TCP.
  void own(std::optional<SocketFile> file) noexcept;

  posix::Descriptor socket_;
  protocol::Endpoint bound_;
  std::string text_;
  bool belongs_to_unit_ = false;
  bool is_listening_ = true;
  std::string stored_as_;
  std::optional<SocketFile> file_;  // for a Unix socket that we bound
};

}  // namespace yodel::manager
