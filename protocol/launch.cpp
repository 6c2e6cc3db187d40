#include "protocol/launch.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "protocol/probe.hpp"

namespace yodel::protocol {
namespace {

bool are_valid(std::span<const Network> networks) noexcept {
  return std::all_of(networks.begin(), networks.end(),
                     [](const Network& each) { return is_valid(each); });
}

bool is_valid(const ProbeTerms& terms, Protocol protocol) noexcept {
  const bool has_size =
      terms.max_size >= probe::min_max_size && terms.max_size <= probe::max_max_size;
  return terms.host.is_valid() && (has_size || protocol != Protocol::probe);
}

}  // namespace

void Launch::keep_identity(const Launch& first) noexcept {
  scoreboard = first.scoreboard;
  acceptor = first.acceptor;
  listener = first.listener;
}

void Launch::set_welcome(std::string_view text) noexcept {
  welcome_size = static_cast<std::uint16_t>(text.copy(welcome_bytes.data(), welcome_bytes.size()));
}

void Launch::set_allow(std::span<const Network> allow) {
  // Do not truncate: a shorter list would refuse peers that are allowed, and an empty one would
  // allow everybody.
  if (allow.size() > max_networks) throw std::length_error("networks of a launch record");
  network_count = static_cast<std::uint16_t>(allow.size());
  networks = {};
  std::copy(allow.begin(), allow.end(), networks.begin());
}

std::span<const std::byte> encode(const Launch& launch) noexcept {
  return std::as_bytes(std::span(&launch, 1));
}

std::optional<Launch> decode_launch(std::span<const std::byte> bytes) noexcept {
  Launch launch;
  if (bytes.size() != sizeof launch) return std::nullopt;
  std::memcpy(&launch, bytes.data(), sizeof launch);
  const bool valid = launch.magic == Launch::expected_magic && launch.delay.count() >= 0 &&
                     launch.idle_timeout.count() >= 0 && launch.session_timeout.count() >= 0 &&
                     launch.sessions >= 1 && launch.sessions <= launch.scoreboard.capacity &&
                     launch.predecessor_count <= max_predecessors &&
                     launch.retired_count <= max_retired && launch.retired_time.count() >= 0 &&
                     launch.message_size >= 1 && launch.message_size <= max_message_size &&
                     launch.manager > 0 && launch.welcome_size <= max_welcome_size &&
                     is_valid(launch.protocol) && launch.listener.is_valid() &&
                     is_valid(launch.probe, launch.protocol) &&
                     launch.framing <= Framing::unframed && launch.network_count <= max_networks &&
                     are_valid(launch.allow());
  if (!valid) return std::nullopt;
  return launch;
}

}  // namespace yodel::protocol
