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
    server_spoke,  // while we waited for one, something came
    end,           // there are no more
    server_ended   // while we waited for one, the server closed the connection
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

  // The next message. Waits for it as long as it takes, but not for longer than `connection` lives.
  // Fails when the input cannot be read.
  [[nodiscard]] virtual Result<NextMessage> next(Connection& connection) = 0;
  // Whether somebody types them, and can do better after a slip.
  [[nodiscard]] virtual bool interactive() const { return false; }
};

// The arguments of the command line, one after the other.
class ArgumentMessages : public Messages {
 public:
  explicit ArgumentMessages(std::vector<std::string> arguments)
      : arguments_(std::move(arguments)) {}
  [[nodiscard]] Result<NextMessage> next(Connection& connection) override;

 private:
  std::vector<std::string> arguments_;
  std::size_t given_ = 0;
};

// The lines of standard input, without what ends them, "\n" or "\r\n". What stands before the end
// of file without a newline is a line too.
class InputMessages : public Messages {
 public:
  [[nodiscard]] Result<NextMessage> next(Connection& connection) override;

 private:
  NextMessage take(std::size_t size, std::size_t ending);

  std::string waiting_;
  std::size_t searched_ = 0;  // of it, the first bytes that are known to hold no newline
  bool ended_ = false;
};

// What a wait for input came to.
enum class Ready : std::uint8_t { input, signal, server_spoke, server_ended };

// Waits until `input` can be read, or `signals` (a signalfd(2), or -1), or the server has ended its
// side; takes in what else the server sends meanwhile, and tells of that where `tells`. Where
// several are ready, signals come first and the server last: what was typed before it closed is
// still read.
[[nodiscard]] Ready wait_for_input(int input, int signals, Connection& connection,
                                   bool tells = false);

}  // namespace yodel::client::talk
