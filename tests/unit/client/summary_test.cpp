// The summary of `yodel bench`, and the machine and command line that a run records.

#include "client/report/summary.hpp"

#include <gtest/gtest.h>
#include <sstream>
#include <string>
#include <sys/utsname.h>

#include "client/bench/machine.hpp"
#include "client/measure/figures.hpp"
#include "client/report/words.hpp"
#include "tests/unit/client/a_run.hpp"

namespace yodel::client {
namespace {

using namespace std::string_literals;

TEST(Numbers, AreEasyToRead) {
  EXPECT_EQ(grouped(std::uint64_t{999}), "999");
  EXPECT_EQ(grouped(std::uint64_t{1000}), "1,000");
  EXPECT_EQ(grouped(std::uint64_t{1234567}), "1,234,567");
  EXPECT_EQ(grouped(23814.4), "23,814");
  EXPECT_EQ(grouped(12.345), "12.3");
  EXPECT_EQ(grouped(0.0), "0");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(404860), "405 kB");
  EXPECT_EQ(bytes_text(1500000), "1.50 MB");
  EXPECT_EQ(bit_rates_text(404860, 595382, 1), "3.24 / 4.76 Mbit/s");
  EXPECT_EQ(bit_rates_text(1000, 1000000, 1), "0.01 / 8.00 Mbit/s");
  EXPECT_EQ(bit_rates_text(0, 0, 1), "0.00 / 0.00 bit/s");
  EXPECT_EQ(bit_rates_text(1, 1, 0), "");
  EXPECT_EQ(bit_rate_text(125, 1), "1.00 kbit/s");
  EXPECT_EQ(rate_text(1), "1 request");
  EXPECT_EQ(rate_text(0.1), "0.1 requests");
  EXPECT_EQ(rate_text(1234567.5), "1,234,567.5 requests");
}

TEST(Summary, IsShort) {
  RunRecord run = a_record();
  run.server = "echo.example.com (192.0.2.1:9999)";
  run.elapsed = 1.0004;
  run.replies = 23815;
  run.replies_per_second = 23814.2;
  run.failed = 0;
  run.errors = {};
  run.first_error = {};
  run.connections = 1;
  run.bytes_sent = 404860;
  run.bytes_received = 595382;
  run.client_time = 1;
  run.tcp.emplace();
  run.tcp->rtt = 0.0251;
  run.tcp->min_rtt = 0.012;
  run.tcp->mss = run.tcp->max_mss = 1448;
  auto& times = run.latencies.at(round_trip).value();
  times.values = {0.00812, 0, 0.0412, 0.051, 0.09, 0.0999, 12.345};
  times.count = 999;
  const auto text = summary_text(run);
  EXPECT_EQ(text,
            R"(echo.example.com (192.0.2.1:9999): greet, 3 connections, next request after each
  reply, 16-byte messages
  23,815 replies in 1.00 s (23,814/s), 1 connection
  405 kB sent, 595 kB received (3.24 / 4.76 Mbit/s)
  TCP: round trip 25.1 µs (minimum 12.0 µs), 0 segments retransmitted, MSS 1,448
  0 failed

                            min      p50      p90      p99    p99.9      max
  round trip            8.12 µs  41.2 µs  51.0 µs  90.0 µs        -  12.3 ms
  connect               20.0 µs        -        -        -        -  20.0 µs
)");
}

TEST(Summary, CountsOneAsOne) {
  RunRecord run = a_record();
  run.replies = run.replies_after = run.connections = run.unsent = run.queued = 1;
  const auto text = summary_text(run);
  for (const char* part :
       {"  1 reply in ", ", 1 connection\n", "1 more came in the ",
        "  1 request was due while every connection", "1 request was due but never sent:"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(Summary, CountsWhatTheKernelSentAgain) {
  TcpRecord tcp;
  EXPECT_EQ(tcp_text(tcp), "0 segments retransmitted") << "no connection was established";
  tcp.retransmits = 1;
  EXPECT_EQ(tcp_text(tcp), "1 segment retransmitted");
  tcp.syn_retransmits = 1;
  EXPECT_EQ(tcp_text(tcp), "1 SYN retransmitted");
  tcp.retransmits = 1234;
  EXPECT_EQ(tcp_text(tcp), "1,234 segments retransmitted, 1 of them a SYN");
  tcp.syn_retransmits = 2;
  EXPECT_EQ(tcp_text(tcp), "1,234 segments retransmitted, 2 of them SYNs");
  tcp.syn_retransmits = 1234;
  EXPECT_EQ(tcp_text(tcp), "1,234 SYNs retransmitted");
  tcp.mss = 1360;
  tcp.max_mss = 1448;
  tcp.rtt = 20.04;
  EXPECT_EQ(tcp_text(tcp), "round trip 20.0 ms, 1,234 SYNs retransmitted, MSS 1,360 to 1,448");
}

TEST(Summary, ShowsNoTimeOfARunWithoutAReply) {
  RunRecord run = a_record();
  run.replies = 0;
  run.elapsed = 0;
  run.connections = 1;
  EXPECT_NE(summary_text(run).find("\n  0 replies, 1 connection\n"), std::string::npos)
      << summary_text(run);
}

TEST(Summary, ShowsHowManyConnectionsWereOpen) {
  RunRecord run = a_record();
  run.connections_at_once = 1200;
  run.opened = 1128;
  const std::string open = "1,128 of 1,200 connections open";
  EXPECT_NE(summary_text(run).find(open + ": the server takes no more at once"), std::string::npos)
      << summary_text(run);
  run.failed = 0;
  EXPECT_NE(summary_text(run).find(open + "\n"), std::string::npos) << "interrupted";
  run.failed = 1;
  // Or the client ran out of resources.
  count_of(run.errors, RequestError::no_resources) = 1;
  EXPECT_NE(summary_text(run).find(open + "\n"), std::string::npos) << summary_text(run);
  for (const std::uint64_t opened : {0, 1200}) {
    run.opened = opened;
    EXPECT_EQ(open_text(run), "");
  }
}

TEST(Summary, NamesAFailureOnce) {
  RunRecord run = a_record();
  const auto line = [&] {
    const auto text = summary_text(run);
    const auto at = text.find(" failed");
    return text.substr(text.rfind("\n  ", at) + 3,
                       text.find('\n', at) - text.rfind("\n  ", at) - 3);
  };
  run.errors = {};
  count_of(run.errors, RequestError::refused) = 2;
  run.first_error = "connection refused";
  EXPECT_EQ(line(), "2 failed: connection refused");
  run.errors = {};
  count_of(run.errors, RequestError::timed_out) = 1;
  run.first_error = "timed out after 1s waiting for the reply";
  EXPECT_EQ(line(), "1 failed: timed out after 1s waiting for the reply");
  count_of(run.errors, RequestError::timed_out) = 1500;
  EXPECT_EQ(line(), "1,500 failed: timed out after 1s waiting for the reply");
  count_of(run.errors, RequestError::timed_out) = 0;
  count_of(run.errors, RequestError::wrong_reply) = 84;
  run.first_error = "the server says: message longer than 1024 bytes";
  EXPECT_EQ(line(), "84 failed: wrong reply (the server says: message longer than 1024 bytes)");
  count_of(run.errors, RequestError::timed_out) = 1500;
  count_of(run.errors, RequestError::wrong_reply) = 1;
  run.first_error = "";
  EXPECT_EQ(line(), "1,501 failed: 1,500 timed out, 1 wrong reply");
}

TEST(Summary, FitsATerminal) {
  RunRecord run = a_record();
  run.server = std::string(60, 'x') + " (192.0.2.1:9999)";
  run.description =
      "greet, 1,000,000 connections, a new one for each request, open loop at 1,234,567 requests "
      "per second, 16,777,216-byte messages";
  run.replies = run.replies_after = run.connections = run.bytes_sent = run.bytes_received =
      run.queued = run.unsent = 999'999'999'999;
  run.replies_per_second = 999'999'999;
  run.elapsed = run.drain = 999'999;
  run.client_time = 0.5;
  run.opened = 1128;
  run.connections_at_once = 1'000'000;
  run.errors.fill(999'999'999'999);
  run.first_error = "expected 'hello, 0000000000000000!\\n', got " + std::string(70, 'y') +
                    " instead, and more of the kind, to the end of the line";
  run.client_limits = {
      "its busiest thread ran for 69 % of the time and waited for a processor for 31 %"};
  run.interrupted = true;
  run.tcp = TcpRecord{.rtt = 3'599'999.4,
                      .min_rtt = 3'599'999.4,
                      .retransmits = 999'999'999'999,
                      .syn_retransmits = 999'999'999,
                      .mss = 1'360,
                      .max_mss = 65'483};
  for (auto& times : run.latencies) {
    times.emplace(LatencyRecord{.count = 1'000'000, .values = {}, .bins = {}});
    times->values.fill(3'599'999.4);
  }
  std::istringstream lines(summary_text(run));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count)
    EXPECT_LE(characters(line), 80u) << line;
  EXPECT_GT(count, 20u);
}

TEST(Machine, IsThisOne) {
  const auto machine = bench::this_machine();
  utsname names{};
  ASSERT_EQ(::uname(&names), 0);
  EXPECT_EQ(machine.host, names.nodename);
  EXPECT_EQ(machine.system, "Linux "s + names.release);
  EXPECT_GE(machine.processors, 1u);
}

TEST(CommandLine, IsQuotedForAShell) {
  using bench::shell_line;
  EXPECT_EQ(shell_line("/usr/bin/yodel\0bench\0-s\0[::1]:9999\0--json\0a b\0"s),
            "yodel bench -s '[::1]:9999' --json 'a b'");
  EXPECT_EQ(shell_line("yodel\0it's\0\0$(x)\0"s), R"(yodel 'it'\''s' '' '$(x)')");
  EXPECT_EQ(shell_line("yodel\0\x1b[2J\0"s), R"(yodel '\x1b[2J')");
  const auto cut = shell_line("yodel\0"s + std::string(995, 'x') + "äää\0"s);
  EXPECT_EQ(cut.substr(cut.size() - 7), "xxxx…") << cut;
  EXPECT_NE(bench::command_line().find("client_test"), std::string::npos);
}

}  // namespace
}  // namespace yodel::client
