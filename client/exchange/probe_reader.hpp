// The reader of what a probe server sends. Pure: no system calls.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "client/exchange/probe_lines.hpp"
#include "client/exchange/server_reader.hpp"

namespace yodel::client {

// Reads one connection: a line with the header, then a line for each reply. Of a reply, ID and data
// are known beforehand: what reply_of() returns. Its times are checked for their form only.
class ProbeReader final : public ServerReader {
 public:
  // A reply is at most this much longer than its data: its ID, times and counts take 250 bytes.
  static constexpr std::size_t max_overhead = 4096;
  // The limit, in bytes, on the header, of which yodeld's has at most 1,024. Its words are looked
  // up one by one, so a hostile server's must be few.
  static constexpr std::size_t max_header = 8192;

  explicit ProbeReader(const Service& service) : service_(service) {}

  void expect(std::string_view reply) override;
  [[nodiscard]] Reading finish(bool ended) override;
  [[nodiscard]] Time wait_until(Time deadline, Time /*last_byte*/) const noexcept override {
    return deadline;
  }
  [[nodiscard]] std::size_t reply_size() const noexcept override { return reply_size_; }
  [[nodiscard]] const std::string& other() const noexcept override { return line_; }
  [[nodiscard]] std::string received() const override { return line_; }
  [[nodiscard]] std::optional<std::string> server_error() const override;
  [[nodiscard]] const ProbeHeader* header() const noexcept override {
    return header_ ? &*header_ : nullptr;
  }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> server_time() const noexcept override {
    return server_time_;
  }

 private:
  Reading read_bytes(std::string_view& bytes, bool more_due) override;
  [[nodiscard]] std::string difference() const override;
  // Moves the rest of the line from `bytes` to `line_`. Returns whether it is whole.
  bool read_line(std::string_view& bytes);
  Reading read_unasked(std::string_view& bytes);
  Reading read_header(std::string_view& bytes);
  Reading read_reply(std::string_view& bytes, bool more_due);
  // Returns whether more bytes could make `line_` what is due, or an error of the server.
  [[nodiscard]] bool is_promising() const;
  // Returns what is wrong with `line_`, a whole line, as the reply that is due; empty if nothing
  // is. Sets the figures of the reply.
  std::string fault_of_reply();
  [[nodiscard]] std::string_view due_id() const {
    return due_reply_.substr(0, due_reply_.find(' '));
  }

  Service service_;
  std::optional<ProbeHeader> header_;
  std::string line_;  // what has come of the next line, or a line that is wrong
  bool due_ = false;
  std::string_view due_reply_;  // "ID data=TEXT"
  std::string fault_;           // what is wrong with `line_` as the reply
  bool answers_error_ = false;  // `fault_` is the server's, which refuses the request
  std::size_t reply_size_ = 0;
  std::optional<std::chrono::nanoseconds> server_time_;
};

}  // namespace yodel::client
