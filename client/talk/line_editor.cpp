#include "client/talk/line_editor.hpp"

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <langinfo.h>
#include <stdexcept>
#include <unistd.h>

#include "client/talk/history_file.hpp"
#include "client/terminal/output.hpp"

namespace yodel::client::talk {
namespace {

constexpr int lines_kept = 1000;

char* prompt(EditLine* /*editor*/) {
  static std::array<char, 3> text{"> "};
  return text.data();
}

// libedit keeps characters, not bytes, and drops what is not a character in the locale. In
// containers and over ssh it is common that the terminal shows UTF-8 while the locale is just "C".
void set_character_set() {
  std::setlocale(LC_CTYPE, "");
  if (std::strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968") == 0) {
    std::setlocale(LC_CTYPE, "C.UTF-8");
  }
}

// Blocks a set of signals for as long as it lives.
class Blocked {
 public:
  explicit Blocked(const posix::SignalSet& signals) noexcept { signals.block(&before_); }
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;
  Blocked(Blocked&&) = delete;
  Blocked& operator=(Blocked&&) = delete;
  ~Blocked() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

LineEditor::LineEditor()
    : history_(history_init(), &history_end),
      editor_(nullptr, &el_end),
      signals_{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH},
      signal_descriptor_(posix::open_signal_descriptor(signals_)) {
  set_character_set();
  editor_.reset(el_init("yodel", stdin, stdout, stderr));
  if (!editor_ || !history_) throw std::runtime_error("cannot set up the terminal for a prompt");
  el_set(editor_.get(), EL_CLIENTDATA, this);
  el_set(editor_.get(), EL_PROMPT, &prompt);
  el_set(editor_.get(), EL_EDITOR, "emacs");
  el_set(editor_.get(), EL_GETCFN, &LineEditor::read_character);
  HistEvent event{};
  history(history_.get(), &event, H_SETSIZE, lines_kept);
  history(history_.get(), &event, H_SETUNIQUE, 1);
  el_set(editor_.get(), EL_HIST, &history, history_.get());
  el_source(editor_.get(), nullptr);  // ~/.editrc, editrc(5)
  load_history();
}

Result<NextMessage> LineEditor::next(Connection& connection) {
  connection_ = &connection;
  const Blocked blocked(signals_);
  // libedit does this only after printing the prompt, too late for a Ctrl-D that is typed at once.
  el_set(editor_.get(), EL_PREP_TERM, 1);
  int size = 0;
  const char* const line = el_gets(editor_.get(), &size);
  if (line == nullptr) {
    // The shell's prompt or an error comes next, and begins on a line of its own.
    if (auto printed = print("\n"); !printed) return tl::make_unexpected(printed.error());
    const auto kind = server_ended_ ? NextMessage::Kind::server_ended : NextMessage::Kind::end;
    return NextMessage{.kind = kind, .text = {}};
  }
  NextMessage message{.kind = NextMessage::Kind::message,
                      .text = std::string(line, static_cast<std::size_t>(size))};
  if (message.text.ends_with('\n')) message.text.pop_back();
  if (!message.text.empty()) add_to_history(line);
  return message;
}

// The EL_GETCFN of editline(3): stores a character and returns 1, or returns 0 at the end.
int LineEditor::read_character(EditLine* editor, wchar_t* character) noexcept {
  LineEditor* self = nullptr;
  el_get(editor, EL_CLIENTDATA, static_cast<void*>(&self));
  std::mbstate_t state{};
  while (const auto byte = self->read_byte()) {
    const std::size_t size = std::mbrtowc(character, &*byte, 1, &state);
    if (size == 0 || size == 1) return 1;
    // The character is not whole yet; or it is invalid, and the next byte may begin another.
    if (size == static_cast<std::size_t>(-1)) state = {};
  }
  return 0;
}

// Returns a byte that was typed, or std::nullopt if the terminal or the server has ended.
std::optional<char> LineEditor::read_byte() {
  for (;;) {
    switch (wait_for_input(STDIN_FILENO, signal_descriptor_.get(), *connection_)) {
      case Ready::signal: pass_on_signals(); continue;
      case Ready::server_ended: server_ended_ = true; return std::nullopt;
      case Ready::server_spoke:
      case Ready::input: break;
    }
    char byte = 0;
    const ssize_t size = ::read(STDIN_FILENO, &byte, 1);
    if (size == 1) return byte;
    if (size == 0 || (errno != EINTR && errno != EAGAIN)) return std::nullopt;
  }
}

void LineEditor::pass_on_signals() {
  while (const auto waiting = signals_.take_waiting())
    pass_on(waiting->si_signo);
}

void LineEditor::pass_on(int signal) {
  if (signal == SIGWINCH) {
    el_resize(editor_.get());
    return;
  }
  // Most signals end the process, so this comes first.
  save_history();
  el_set(editor_.get(), EL_PREP_TERM, 0);
  static_cast<void>(print("\n"));
  ::raise(signal);
  sigset_t only{};
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
  // The signal was ignored, or it stopped the process, which now continues.
  ::sigprocmask(SIG_BLOCK, &only, nullptr);
  el_set(editor_.get(), EL_PREP_TERM, 1);
  el_set(editor_.get(), EL_REFRESH);
}

void LineEditor::add_to_history(const char* line) {
  HistEvent event{};
  history(history_.get(), &event, H_ENTER, line);
  history_changed_ = true;
}

void LineEditor::load_history() {
  history_file_ = history_file_path();
  HistEvent event{};
  if (!history_file_.empty()) history(history_.get(), &event, H_LOAD, history_file_.c_str());
}

void LineEditor::save_history() const noexcept {
  if (!history_changed_ || history_file_.empty()) return;
  posix::Descriptor descriptor(open_history_file(history_file_));
  if (!descriptor) return;
  std::FILE* const file = ::fdopen(descriptor.get(), "w");
  if (file == nullptr) return;
  static_cast<void>(descriptor.release());
  HistEvent event{};
  history(history_.get(), &event, H_SAVE_FP, file);
  static_cast<void>(std::fclose(file));
}

}  // namespace yodel::client::talk
