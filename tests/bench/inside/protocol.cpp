// The work that a session and the manager do on bytes: splitting them into messages, and encoding
// and decoding event records.

#include <array>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "protocol/endpoint.hpp"
#include "protocol/event.hpp"
#include "protocol/greet.hpp"
#include "protocol/message_reader.hpp"

namespace yodel::protocol {
namespace {

using benchmark::State;

// A session's buffer, session/greet.cpp.
using Buffer = std::array<std::byte, std::size_t{2} * max_message_size>;

// Acts as a read that returns as many of `bytes` as there is room for. Returns their number.
std::size_t read(std::string_view bytes, MessageReader& reader) {
  const auto space = reader.space();
  const auto size = std::min(bytes.size(), space.size());
  std::memcpy(space.data(), bytes.data(), size);
  reader.received(size);
  return size;
}

// A peer that sends lines without pause: each read fills the buffer and may end inside a line.
void lines(State& state) {
  std::string line(static_cast<std::size_t>(state.range(0)) - 1, 'a');
  line += '\n';
  std::string sent;
  while (sent.size() < 4 * std::tuple_size_v<Buffer>)
    sent += line;
  Buffer buffer{};
  MessageReader reader(Framing::automatic, 1024, buffer);
  std::size_t position = 0;
  std::int64_t messages = 0;
  for ([[maybe_unused]] auto _ : state) {
    position = (position + read(std::string_view(sent).substr(position), reader)) % sent.size();
    while (reader.next().kind == MessageReader::Kind::message)
      ++messages;
  }
  state.SetItemsProcessed(messages);
  state.SetBytesProcessed(messages * state.range(0));
}
BENCHMARK(lines)->Arg(16)->Arg(1000);

// A peer that sends a message, waits for the reply and sends the next one.
void one_unframed_message(State& state) {
  const std::string message(static_cast<std::size_t>(state.range(0)), 'a');
  Buffer buffer{};
  MessageReader reader(Framing::automatic, 1024, buffer);
  for ([[maybe_unused]] auto _ : state) {
    read(message, reader);
    benchmark::DoNotOptimize(reader.next());
    benchmark::DoNotOptimize(reader.next());  // need_input
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(one_unframed_message)->Arg(16)->Arg(1000);

Report some_report() {
  return {.number = 1,
          .messages = 4,
          .bytes_in = 25,
          .bytes_out = 60,
          .duration = std::chrono::milliseconds(1),
          .reason = CloseReason::exit};
}

void encode_report(State& state) {
  auto report = some_report();
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(report);
    benchmark::DoNotOptimize(encode(report));
  }
}
BENCHMARK(encode_report);

void decode_report(State& state) {
  auto encoded = encode(some_report());
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(encoded);
    benchmark::DoNotOptimize(decode_event(std::as_bytes(std::span(&encoded, 1))));
  }
}
BENCHMARK(decode_report);

}  // namespace
}  // namespace yodel::protocol
