#include "client/fetch/download_progress.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/measure/figures.hpp"

namespace yodel::client::fetch {
namespace {

constexpr std::size_t usual_width = 80;
constexpr std::size_t max_bar = 30;
constexpr std::size_t min_bar = 5;

// Returns the number of columns of the terminal, ioctl_tty(2).
std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return usual_width;
  return size.ws_col;
}

std::string amount(double bytes) {
  const auto [number, unit] = amount_of(bytes);
  return fmt::format("{:.{}f} {}", number, unit == "B" ? 0 : 1, unit);
}

std::string time_text(double seconds) {
  constexpr double max_time = 359'999;  // 99:59:59
  const auto whole = static_cast<int>(std::min(seconds, max_time));
  constexpr int minute = 60;
  constexpr int hour = 3600;
  if (whole < hour) return fmt::format("{}:{:02}", whole / minute, whole % minute);
  return fmt::format("{}:{:02}:{:02}", whole / hour, whole % hour / minute, whole % minute);
}

}  // namespace

void DownloadProgress::update(std::uint64_t bytes, std::optional<std::uint64_t> total) {
  bytes_ = bytes;
  total_ = total;
  if (line_.is_due()) draw();
}

void DownloadProgress::finish() {
  if (shown()) draw();
  line_.keep();
}

void DownloadProgress::draw() {
  const double seconds = std::chrono::duration<double>(posix::Clock::now() - start_).count();
  const auto bytes = static_cast<double>(bytes_);
  const double rate = seconds > 0 ? bytes / seconds : 0;
  std::string text = amount(bytes);
  std::string head;
  const std::size_t room = terminal_width() - 1;
  if (total_ && *total_ > 0) {
    const auto total = static_cast<double>(*total_);
    const double share = std::min(bytes / total, 1.0);
    text += fmt::format(" of {}, {}/s", amount(total), amount(rate));
    if (rate > 0) text += fmt::format(", {} left", time_text((total - share * total) / rate));
    head = fmt::format("{:3.0f}% ", 100 * share);
    const std::size_t around = head.size() + text.size() + std::string_view("[] ").size();
    const std::size_t width = room > around ? std::min(room - around, max_bar) : 0;
    const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
    if (width >= min_bar) {
      head += "[" + std::string(full, '#') + std::string(width - full, '.') + "] ";
    }
  } else {
    text += fmt::format(", {}/s", amount(rate));
  }
  line_.show((head + text).substr(0, room));
}

}  // namespace yodel::client::fetch
