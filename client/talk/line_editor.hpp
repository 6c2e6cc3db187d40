// A prompt on the terminal, with line editing and a history.
#pragma once

#include <csignal>
#include <filesystem>
#include <histedit.h>
#include <memory>
#include <optional>

#include "client/talk/messages.hpp"
#include "posix/descriptor.hpp"
#include "posix/signals.hpp"

namespace yodel::client::talk {

// Reads messages that the user types, with libedit, editline(3), on standard input and output,
// which are terminals. Keeps the lines for the next time in $XDG_STATE_HOME/yodel/history (XDG Base
// Directory Specification), and ignores errors in doing so. Signals act as they would without a
// prompt, but the terminal is restored first. Sets LC_CTYPE for the process, setlocale(3).
class LineEditor : public Messages {
 public:
  // Throws std::runtime_error if libedit does not start.
  LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;
  LineEditor(LineEditor&&) = delete;
  LineEditor& operator=(LineEditor&&) = delete;
  ~LineEditor() override { save_history(); }

  [[nodiscard]] Result<NextMessage> next(Connection& connection) override;
  [[nodiscard]] bool interactive() const override { return true; }

 private:
  static int read_character(EditLine* editor, wchar_t* character) noexcept;
  std::optional<char> read_byte();
  void pass_on_signals();
  void pass_on(int signal);
  void add_to_history(const char* line);
  void load_history();
  void save_history() const noexcept;

  std::unique_ptr<History, decltype(&history_end)> history_;
  std::unique_ptr<EditLine, decltype(&el_end)> editor_;
  std::filesystem::path history_file_;  // empty if the history is not kept
  bool history_changed_ = false;
  posix::SignalSet signals_;
  posix::Descriptor signal_descriptor_;
  Connection* connection_ = nullptr;  // borrowed while next() runs
  bool server_ended_ = false;
};

}  // namespace yodel::client::talk
