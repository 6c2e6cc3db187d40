// Where the messages of a dialogue come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "client/connection/connection.hpp"
#include "client/failure.hpp"

namespace yodel::client::talk {

struct NextMessage {
  enum class Kind : std::uint8_t {
    message,       // `text` is one
    server_spoke,  // the server sent something before there was one
    end,           // there are no more
    server_ended   // the server closed the connection before there was one
  };
  Kind kind = Kind::end;
  std::string text;
};

class Messages {
 public:
  Messages() = default;
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;
  Messages(Messages&&) = delete;
  Messages& operator=(Messages&&) = delete;
  virtual ~Messages() = default;

  // Returns the next message. Blocks until there is one, or until the server ends `connection`.
  // Fails if the input cannot be read.
  [[nodiscard]] virtual Result<NextMessage> next(Connection& connection) = 0;
  // Returns whether a user types the messages, and can correct a slip.
  [[nodiscard]] virtual bool interactive() const { return false; }
};

// The arguments of the command line, in their order.
class ArgumentMessages : public Messages {
 public:
  explicit ArgumentMessages(std::vector<std::string> arguments)
      : arguments_(std::move(arguments)) {}
  [[nodiscard]] Result<NextMessage> next(Connection& connection) override;

 private:
  std::vector<std::string> arguments_;
  std::size_t given_ = 0;
};

// The lines of standard input, without their "\n" or "\r\n". The last line need not have one.
class InputMessages : public Messages {
 public:
  [[nodiscard]] Result<NextMessage> next(Connection& connection) override;

 private:
  NextMessage take(std::size_t size, std::size_t ending);

  std::string waiting_;
  std::size_t searched_ = 0;  // the first bytes of `waiting_`, known to hold no newline
  bool ended_ = false;
};

// The outcome of a wait for input.
enum class Ready : std::uint8_t { input, signal, server_spoke, server_ended };

// Blocks until `input` or `signals` (a signalfd(2), or -1) can be read, or the server has ended its
// side. Receives what the server sends meanwhile, and with `until_server_speaks` returns then too.
// If several are ready, signals come first and the server last: what was typed before it closed is
// still read.
[[nodiscard]] Ready wait_for_input(int input, int signals, Connection& connection,
                                   bool until_server_speaks = false);

}  // namespace yodel::client::talk
